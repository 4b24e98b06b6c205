import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../../agent/bus/dialogue/inquiry.ts';
import { ASKED_AGAIN_AFTER, PATIENCE } from '../../../../agent/device/identity/asking.ts';
import { PolledDevice } from '../../../../agent/device/polled-device.ts';
import { Fault } from '../../../../drivers/contract/fault.ts';
import { dialogue } from '../../../support/exchange.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { damaged, fakeLine, ok, refused, silent } from '../../../support/fake-line.ts';

const never = new AbortController().signal;
/** How long the question may hold the line: two characters, its timeout, one last look; and the gap behind it. */
const HOLDS = 2 + 100 + 1 + 4;
const PROBE = 1000;
const PERIOD = 1000;

const told = (identity: object, more: object = {}) => ({ ...ok([]), identity, ...more }) as Outcome;

/** Each look at it is later than the one before, as on a real machine. */
class TickingClock extends FakeClock {
  #looks = 0;

  override now(): number {
    this.#looks += 1;
    return super.now() + this.#looks / 1e6;
  }
}

/** A device whose question for its identity has length 9, and the further ones 10; `next` holds their outcomes. */
function rig({ asks = true, clock = new FakeClock(), first = ok([{ point: 'value', value: 7 }]) as Outcome } = {}) {
  const next: (Outcome | Fault)[] = [];
  const line = { poll: first, asked: 0, identities: [] as unknown[], late: 0 };
  const access = fakeLine(
    ({ request }) => {
      if ((request[1] ?? 0) < 9) return line.poll;
      line.asked += 1;
      const outcome = next.shift() ?? silent();
      if (outcome instanceof Fault) throw outcome;
      return outcome;
    },
    { now: () => clock.now(), characterMs: 1, mayAskAt: () => clock.now() + line.late },
  );
  const device = new PolledDevice({
    ...{ id: 'meter', bus: 'rs485', line: access, clock, pollMs: PERIOD, staleAfterMs: 5000, allow: [] },
    health: { offlineAfter: 1, probeMin: PROBE, probeMax: PROBE },
    timeouts: { minTimeoutMs: 20 },
    device: {
      kind: 'poll',
      points: [{ name: 'value', type: 'number', writable: false }],
      plan: () => [dialogue(1, 1, ['value'])],
      write: () => [],
      identify: () => dialogue(1, 9),
    },
    identifying: asks
      ? { pace: { timing: { baudRate: 10_000, characterMs: 1 }, gapMs: 4 }, maxRunMs: 5000 }
      : undefined,
    events: {
      samples: () => undefined,
      failed: () => undefined,
      availability: () => undefined,
      identity: (_, identity) => line.identities.push(identity),
    },
  });
  device.lineOpened(clock.now());
  const poll = async (outcome: Outcome = ok([{ point: 'value', value: 7 }])) => {
    line.poll = outcome;
    await clock.advance(PERIOD);
    await device.poll(never);
  };
  const aside = async (room = 1000) => {
    const wanted = device.wantsAside(room);
    if (wanted) await device.aside(room, never);
    return wanted;
  };
  return { clock, line, next, device, poll, aside };
}

describe('a device that can be asked what it is', () => {
  it('is asked once, after its first good reading and never before, and tells what it is', async () => {
    const { line, next, poll, aside } = rig();
    next.push(told({ maker: 'Acme\u0007 ', model: ' M-7' }));
    expect(await aside()).toBe(false);
    await poll(refused());
    expect(await aside()).toBe(false);
    await poll();
    expect(await aside()).toBe(true);
    expect(line.identities).toEqual([{ maker: 'Acme', model: 'M-7' }]);
    await poll();
    expect(await aside(1e9)).toBe(false);
    expect(line.asked).toBe(1);
  });

  it('is asked only where the line has time for all that it may take, be the answer late or none', async () => {
    const { line, poll, aside } = rig();
    await poll();
    expect(await aside(HOLDS - 1)).toBe(false);
    line.late = 1;
    expect(await aside(HOLDS)).toBe(false);
    line.late = 0;
    expect(await aside(HOLDS)).toBe(true);
    expect(line.asked).toBe(1);
  });

  it('is never asked again once it has refused, also when it was away', async () => {
    const { clock, line, next, poll, aside } = rig();
    next.push(refused('modbus/illegal-function'));
    await poll();
    await aside();
    await poll(silent());
    await clock.advance(10 * ASKED_AGAIN_AFTER);
    await poll();
    expect(await aside(1e9)).toBe(false);
    expect(line.asked).toBe(1);
  });

  it('is asked again when it comes back, and no sooner than an hour after the last time', async () => {
    const { clock, line, next, device, poll, aside } = rig();
    next.push(told({ serial: '1', model: 'M-7' }), told({ serial: '2' }));
    await poll();
    await aside();
    await poll(silent());
    expect(device.trust()).toBe('offline');
    expect(await aside()).toBe(false);
    await poll();
    expect(await aside()).toBe(false);
    await clock.advance(ASKED_AGAIN_AFTER);
    await poll();
    expect(await aside()).toBe(true);
    // another device: the account of the one before is not told of it
    expect(line.identities).toEqual([{ serial: '1', model: 'M-7' }, { serial: '2' }]);
  });

  it('that does not answer the question is asked three times, an hour apart, and stays online', async () => {
    const { clock, line, next, device, poll, aside } = rig();
    next.push(silent(), damaged(), silent(), told({ maker: 'late' }));
    await poll();
    for (let hour = 0; hour < 6; hour += 1) {
      await aside();
      expect(device.snapshot().health).toBe('online');
      await clock.advance(ASKED_AGAIN_AFTER);
      await poll();
    }
    expect(line.asked).toBe(3);
    expect(line.identities).toEqual([]);
  });

  it('is asked what it says that can be asked further, and no more than seven times', async () => {
    const { line, next, poll, aside } = rig();
    for (let number = 0; number < 9; number += 1) {
      next.push(told({ firmware: `V${number}` }, { further: dialogue(1, 9, [], {}, { key: `further ${number}` }) }));
    }
    await poll();
    for (let turn = 0; turn < 20; turn += 1) await aside();
    expect(line.asked).toBe(8);
    expect(line.identities).toHaveLength(8);
  });

  it('is not asked what would take more than its first question has said', async () => {
    const { line, next, poll, aside } = rig();
    next.push(told({ maker: 'Acme' }, { further: dialogue(1, 10, [], { timeout: 101 as never }) }));
    await poll();
    for (let turn = 0; turn < 3; turn += 1) await aside();
    expect(line.asked).toBe(1);
  });

  it('is asked in its turn, in the time of repeats that its poll did not need, where no stretch is free for a minute', async () => {
    const { clock, line, next, poll } = rig();
    next.push(told({ maker: 'Acme' }));
    await poll();
    await clock.advance(PATIENCE - PERIOD - 1);
    await poll();
    expect(line.asked).toBe(0);
    await poll();
    expect(line.asked).toBe(1);
    expect(line.identities).toEqual([{ maker: 'Acme' }]);
  });

  it('is asked on a clock that goes on between two looks at it', async () => {
    const { line, next, poll, aside } = rig({ clock: new TickingClock() });
    next.push(told({ maker: 'Acme' }));
    await poll();
    expect(await aside()).toBe(true);
    expect(line.identities).toEqual([{ maker: 'Acme' }]);
  });

  it('is left alone where the line was not to be had, and asked a second later', async () => {
    const { clock, line, next, poll, aside } = rig();
    next.push(new Fault('port/lost'), told({ maker: 'Acme' }));
    await poll();
    await aside();
    expect(await aside()).toBe(false);
    await clock.advance(1000);
    expect(await aside()).toBe(true);
    expect(line.identities).toEqual([{ maker: 'Acme' }]);
  });

  it('is not asked while it is paused, and not at all where the config says so', async () => {
    const { device, poll, aside } = rig();
    await poll();
    device.pause();
    expect(await aside()).toBe(false);
    device.resume();
    expect(await aside()).toBe(true);
    const unasked = rig({ asks: false });
    await unasked.poll();
    expect(await unasked.aside(1e9)).toBe(false);
  });
});

describe('a device that tells of itself in its answers', () => {
  it('is heard, whether it is asked or not, and each news is told once', async () => {
    const { line, poll } = rig({ asks: false });
    const good = ok([{ point: 'value', value: 7 }]);
    for (const serial of ['1', '1', '2']) await poll({ ...good, identity: { maker: 'Acme', serial } } as Outcome);
    expect(line.identities).toEqual([
      { maker: 'Acme', serial: '1' },
      { maker: 'Acme', serial: '2' },
    ]);
  });
});
