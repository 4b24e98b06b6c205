import { describe, expect, it } from 'vitest';
import { sparkplugRules } from '../../config/rules/sparkplug.ts';
import { deviceSchema } from '../../config/schema/device.ts';
import { sparkplugSchema } from '../../config/schema/sparkplug.ts';

const problemsOf = (data: unknown) =>
  sparkplugSchema.safeParse(data).error?.issues.map(({ path }) => path.join('.')) ?? [];

describe('sparkplug in the config', () => {
  it('takes what a level of a topic may be, and refuses everything else', () => {
    for (const groupId of ['Plant7', 'Werk Süd', 'a', 'x'.repeat(64), '$plant', '.']) {
      expect(problemsOf({ groupId, edgeNodeId: groupId, primaryHost: groupId })).toEqual([]);
    }
    for (const groupId of ['', ' a', 'a ', 'a/b', 'a+', '#', 'a\n', 'a\u2028b', '\u200b', 'x'.repeat(65), 7, null]) {
      expect(problemsOf({ groupId, edgeNodeId: groupId, primaryHost: groupId })).toEqual([
        'groupId',
        'edgeNodeId',
        'primaryHost',
      ]);
    }
  });

  it('lets no two devices have one id, and no id have more than small letters, digits and hyphens', () => {
    for (const id of ['Meter', 'a/b', 'a+', '#', 'ä', '']) {
      const problems = deviceSchema.safeParse({ id, driver: 'modbus-rtu' }).error?.issues ?? [];
      expect(problems.map(({ path }) => path.join('.'))).toContain('id');
    }
  });

  it('has credentials of its own for a broker of its own alone', () => {
    const at = (sparkplug: object) => sparkplugRules({ mqtt: {}, sparkplug }).map(({ path }) => path.join('.'));
    expect(at({ groupId: 'g' })).toEqual([]);
    expect(at({ groupId: 'g', username: 'u', keyFile: 'k' })).toEqual(['sparkplug.username', 'sparkplug.keyFile']);
    expect(at({ groupId: 'g', url: 'mqtts://host.example', username: 'u' })).toEqual([]);
    expect(at({ groupId: 'g', url: 'mqtts://host.example', keyFile: 'k' })).toEqual(['sparkplug.keyFile']);
    expect(at({ groupId: 'g', url: 'mqtt://host.example' })).toEqual(['sparkplug.url']);
    expect(at({ groupId: 'g', url: 'mqtt://localhost' })).toEqual([]);
  });
});
