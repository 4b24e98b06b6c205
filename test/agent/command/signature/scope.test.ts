import { describe, expect, it } from 'vitest';
import type { SigningKeyConfig } from '../../../../config/config.ts';
import { newPair, signatures } from './test-keys.ts';

const pair = newPair();

/** Whether a key of these limits may do that. */
async function may(
  limits: Partial<SigningKeyConfig>,
  command: string,
  args: Readonly<Record<string, unknown>> = {},
  device: string | undefined = 'meter-1',
): Promise<boolean> {
  const known = await signatures({ ops: { pair, limits } });
  return known.permits('ops', { device: device === '' ? undefined : device, command }, args);
}

describe('a command must be signed', () => {
  it('when the config says so; write covers select and operate', async () => {
    const known = await signatures({ ops: { pair } }, ['write', 'restart']);
    const commands = ['write', 'select', 'operate', 'restart', 'read', 'ping', 'pause', 'constructor'];
    expect(commands.filter((command) => known.mustBeSigned(command))).toEqual([
      'write',
      'select',
      'operate',
      'restart',
    ]);
  });

  it('never, where the config says nothing', async () => {
    expect((await signatures({})).mustBeSigned('write')).toBe(false);
  });
});

describe('a key', () => {
  it('without limits may do everything', async () => {
    for (const command of ['read', 'write', 'select', 'operate', 'pause']) expect(await may({}, command)).toBe(true);
    expect(await may({}, 'restart', {}, '')).toBe(true);
  });

  it('that nobody knows may do nothing', async () => {
    const known = await signatures({ ops: { pair } });
    for (const id of ['nobody', '__proto__', 'constructor', '']) {
      expect(known.permits(id, { command: 'ping' }, {})).toBe(false);
    }
  });

  it('that is limited to commands may do these only', async () => {
    const limits = { commands: ['write'] };
    for (const command of ['write', 'select', 'operate']) expect(await may(limits, command)).toBe(true);
    for (const command of ['read', 'pause', 'ping', 'WRITE', 'constructor']) {
      expect(await may(limits, command)).toBe(false);
    }
  });

  it('that is limited to devices may do nothing to others, nor to the gateway, unless the command is listed', async () => {
    const devices = ['meter-1'];
    expect(await may({ devices }, 'write')).toBe(true);
    expect(await may({ devices }, 'write', {}, 'meter-2')).toBe(false);
    expect(await may({ devices }, 'restart', {}, '')).toBe(false);
    expect(await may({ devices, commands: ['write'] }, 'restart', {}, '')).toBe(false);
    expect(await may({ devices, commands: ['write', 'ping'] }, 'ping', {}, '')).toBe(true);
  });

  describe('that is limited to points', () => {
    const limits = { points: ['relay', 'setpoint'] };

    it.each([
      ['write', { relay: true }],
      ['write', { relay: true, setpoint: 3 }],
      ['select', { relay: true }],
      ['operate', { token: 't', values: { relay: true } }],
      ['read', { points: ['relay'] }],
      ['read', { points: ['setpoint', 'relay', 'relay'] }],
    ])('may %s %j', async (command, args) => {
      expect(await may(limits, command, args)).toBe(true);
    });

    it.each([
      ['write', { relay: true, mode: 1 }],
      ['write', { mode: 1 }],
      ['write', {}],
      ['write', JSON.parse('{"__proto__":true}')],
      ['select', { relay: true, mode: 1 }],
      ['operate', { token: 't', values: { relay: true, mode: 1 } }],
      ['operate', { token: 't', values: {} }],
      ['operate', { token: 't', values: ['relay'] }],
      ['operate', { token: 't', values: null }],
      ['operate', { relay: true }],
      ['read', {}],
      ['read', { points: [] }],
      ['read', { points: ['relay', 'mode'] }],
      ['read', { points: 'relay' }],
      ['read', { points: ['relay', 1] }],
      ['read', { points: { relay: 'relay' } }],
      ['pause', {}],
      ['constructor', { relay: true }],
    ])('may not %s %j', async (command, args) => {
      expect(await may(limits, command, args)).toBe(false);
    });

    it('may do nothing by points that the request itself does not name', async () => {
      expect(await may(limits, 'read', Object.create({ points: ['relay'] }))).toBe(false);
      expect(await may(limits, 'operate', Object.create({ values: { relay: true } }))).toBe(false);
    });

    it('may do what names no point where that is listed', async () => {
      expect(await may({ ...limits, commands: ['write', 'pause'] }, 'pause')).toBe(true);
      expect(await may({ ...limits, commands: ['write'] }, 'pause')).toBe(false);
      expect(await may({ ...limits, commands: ['read'] }, 'read')).toBe(false);
    });
  });

  it('keeps all its limits at once', async () => {
    const limits = { commands: ['write'], devices: ['meter-1'], points: ['relay'] };
    expect(await may(limits, 'write', { relay: true })).toBe(true);
    expect(await may(limits, 'write', { relay: true }, 'meter-2')).toBe(false);
    expect(await may(limits, 'write', { mode: 1 })).toBe(false);
    expect(await may(limits, 'read', { points: ['relay'] })).toBe(false);
  });
});
