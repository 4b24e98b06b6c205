import { describe, expect, it } from 'vitest';
import { Reload } from '../../../agent/lifecycle/reload.ts';
import { type Log, type LogFields, silentLog } from '../../../agent/log/log.ts';
import type { LoadedConfig, RefusedConfig } from '../../../config/load.ts';
import type { Fault } from '../../../drivers/contract/fault.ts';
import { settle } from '../../support/fake-clock.ts';

const GOOD = { ok: true, hash: '0123456789abcdef' } as LoadedConfig;
const problem = { file: '/etc/secret/place.yaml', line: 3, column: 5, path: 'mqtt.url', message: 'must be a URL' };
const BAD: RefusedConfig = { ok: false, problems: [problem, ...Array(9).fill(problem)], omitted: 2 };

function rig(...results: (LoadedConfig | RefusedConfig | 'fails')[]) {
  const events: string[] = [];
  const lines: string[] = [];
  const answers: (() => void)[] = [];
  const say = (event: string, fields?: LogFields, fault?: Fault) =>
    lines.push(`${event} ${JSON.stringify(fields)} ${fault?.code ?? ''}`);
  const log: Log = { ...silentLog, info: say, error: say };
  const reload = new Reload({
    load: () =>
      new Promise((resolve, reject) => {
        const result = results.shift() ?? BAD;
        answers.push(() => (result === 'fails' ? reject(new Error('/etc/secret')) : resolve(result)));
      }),
    log,
    notify: {
      reloading: () => events.push('reloading'),
      ready: () => events.push('ready'),
      notice: (text) => events.push(`notice ${text}`),
    },
    restart: () => events.push('restart'),
  });
  const answer = async () => {
    answers.shift()?.();
    await settle();
  };
  return { events, lines, reload, answer, answers };
}

describe('a reload', () => {
  it('restarts into a good config', async () => {
    const { reload, events, lines, answer } = rig(GOOD);
    void reload.ask();
    expect(events).toEqual(['reloading']);
    await answer();
    expect(events).toEqual(['reloading', 'notice ', 'restart']);
    expect(lines).toEqual(['config reloads {"config":"0123456789ab"} ']);
  });

  it('goes on with the old config where the new one is bad, and says where without naming the file', async () => {
    const { reload, events, lines, answer } = rig(BAD);
    void reload.ask();
    await answer();
    expect(events).toEqual(['reloading', 'notice the new config is refused (12 problems)', 'ready']);
    expect(lines[0]).toBe('reload refused, the old config stays {"count":12} config/refused');
    expect(lines[1]).toBe('config problem {"line":3,"column":5,"at":"mqtt.url","problem":"must be a URL"} ');
    expect(lines).toHaveLength(6);
    expect(lines.join()).not.toContain('secret');
  });

  it('goes on also where the check itself fails', async () => {
    const { reload, events, lines, answer } = rig('fails');
    void reload.ask();
    await answer();
    expect(events.at(-1)).toBe('ready');
    expect(lines.join()).not.toContain('secret');
  });

  it('checks once more when it is asked meanwhile, and one check at a time', async () => {
    const { reload, events, answer, answers } = rig(BAD, GOOD);
    for (let n = 0; n < 5; n++) void reload.ask();
    expect(answers).toHaveLength(1);
    await answer();
    expect(answers).toHaveLength(1);
    await answer();
    expect([answers.length, events.filter((event) => event === 'restart')]).toEqual([0, ['restart']]);
  });

  it('restarts once, however often it is asked', async () => {
    const { reload, events, answer, answers } = rig(GOOD, GOOD);
    void reload.ask();
    void reload.ask();
    await answer();
    void reload.ask();
    await settle();
    expect([answers.length, events.filter((event) => event === 'restart').length]).toEqual([0, 1]);
  });

  it('can be asked again after a refusal', async () => {
    const { reload, events, answer } = rig(BAD, GOOD);
    void reload.ask();
    await answer();
    void reload.ask();
    await answer();
    expect(events.slice(-3)).toEqual(['reloading', 'notice ', 'restart']);
  });
});
