import { describe, expect, it } from 'vitest';
import { Throttle } from '../../../agent/throttle/throttle.ts';
import { Ticket } from '../../../agent/throttle/ticket.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { LIMITS, rig } from './rig.ts';

const { signal } = new AbortController();
const unknown = { code: 'throttle/unknown-operation' };

describe('a ticket', () => {
  it('is accepted by the throttle that gave it out, and by no other', async () => {
    const [one, other] = [rig(), rig()];
    await expect(one.throttle.submit(other.tickets.poll, 'x', signal)).rejects.toMatchObject(unknown);
    one.submit('poll', 'x');
    expect([one.order, other.order]).toEqual([['x'], []]);
  });

  it('can not be forged', async () => {
    const { throttle, tickets, order } = rig();
    const forged: unknown[] = [
      {},
      Object.create(tickets.poll),
      Object.create(Ticket.prototype),
      new Ticket(),
      structuredClone(tickets.poll),
      { ...tickets.poll },
      new Proxy(tickets.poll, {}),
      JSON.parse(JSON.stringify(tickets.poll)),
      'poll',
      0,
      null,
      undefined,
    ];
    for (const ticket of forged) {
      await expect(throttle.submit(ticket as never, 'x' as never, signal)).rejects.toMatchObject(unknown);
    }
    expect(order).toEqual([]);
    expect(throttle.status()).toMatchObject({ queued: 0, running: false, rejected: 0 });
  });

  it('can not be changed', () => {
    expect(Object.isFrozen(rig().tickets.poll)).toBe(true);
  });

  it('passes data, never a function', async () => {
    const { throttle, tickets, order } = rig();
    await expect(throttle.submit(tickets.poll, (() => 'x') as never, signal)).rejects.toMatchObject(unknown);
    expect(order).toEqual([]);
  });

  it('is given out before the seal only, and used after it only', async () => {
    const throttle = new Throttle({ clock: new FakeClock(), limits: LIMITS, onStuck: () => {} });
    const ticket = throttle.register('poll', async (data: number) => data * 2);
    await expect(throttle.submit(ticket, 4, signal)).rejects.toMatchObject({ code: 'throttle/not-started' });
    throttle.seal();
    expect(() => throttle.register('poll', async () => {})).toThrowError(
      expect.objectContaining({ code: 'throttle/sealed' }),
    );
    await expect(throttle.submit(ticket, 4, signal)).resolves.toBe(8);
  });
});
