import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../../agent/audit/audit.ts';
import { AuditTrail } from '../../../agent/command/audit-trail.ts';
import { AUDITED_REFUSALS } from '../../../agent/command/limits.ts';
import type { PendingRequest } from '../../../agent/command/request/pending-request.ts';
import { silentLog } from '../../../agent/log/log.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { bench } from './bench.ts';

function trail() {
  const clock = new FakeClock();
  const audited: AuditEntry[] = [];
  const audit = { append: (entry: AuditEntry) => audited.push(entry) };
  const made = new AuditTrail({ clock, log: silentLog, audit, isDevice: (id) => id === 'meter-1' });
  const arrival = (name: string, args?: Record<string, unknown>): PendingRequest => ({
    ...{ topic: { device: 'meter-1', name }, id: 'a', user: undefined, key: undefined, args },
    to: { topic: '' },
  });
  return { trail: made, clock, audited, arrival };
}

describe('the audit journal', () => {
  it('never holds the token of a selection, be it used, refused or still open', async () => {
    const { send, envelope, audited } = await bench();
    const [selected] = await send('meter-1/command/select', envelope({ relay: true }));
    const token = String(selected?.reply.values.token);
    const args = { token, values: { relay: true } };
    // refused ahead of the selection, which stays open
    await send('pump-9/command/operate', envelope(args));
    await send('meter-1/command/operate', envelope(args));
    await send('meter-1/command/operate', envelope(args));
    expect(audited.map(({ command, outcome }) => `${command} ${outcome}`)).toEqual([
      'select done',
      'operate refused',
      'operate applied',
      'operate refused',
    ]);
    expect(audited.at(-1)?.args).toEqual({ values: { relay: true } });
    expect(JSON.stringify(audited)).not.toContain(token);
  });

  it('holds a point by the name of token that is written', () => {
    const { trail: made, audited, arrival } = trail();
    made.executed(arrival('write', { token: 5 }), { outcome: 'applied' });
    expect(audited[0]?.args).toEqual({ token: 5 });
  });

  it('is spared a flood of refused requests, and takes all that were executed', async () => {
    const { trail: made, clock, audited, arrival } = trail();
    const { burst, perSecond } = AUDITED_REFUSALS;
    for (let count = 0; count < 1000; count++) made.refused(arrival('write'), 'command/value', true);
    expect(audited).toHaveLength(burst);
    expect(made.unaudited).toBe(1000 - burst);
    await clock.advance(10_000);
    for (let count = 0; count < 1000; count++) made.refused(arrival('write'), 'command/value', true);
    expect(audited).toHaveLength(burst + 10 * perSecond);
    for (let count = 0; count < 1000; count++) made.executed(arrival('read'), { outcome: 'done' });
    expect(audited).toHaveLength(burst + 10 * perSecond + 1000);
  });
});
