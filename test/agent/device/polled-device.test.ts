import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../agent/bus/dialogue/inquiry.ts';
import { PolledDevice } from '../../../agent/device/polled-device.ts';
import { SECOND_LOOK } from '../../../agent/device/polling/read-back.ts';
import type { PollDevice } from '../../../drivers/contract/driver.ts';
import { Fault } from '../../../drivers/contract/fault.ts';
import { dialogue } from '../../support/exchange.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { fakeLine, ok, refused, silent } from '../../support/fake-line.ts';

/** The dialogue that costs more comes first. */
const TWO = [dialogue(1, 5, []), dialogue(1, 1, ['value'])];

const never = new AbortController().signal;
const PERIOD = 1000;
const STALE_AFTER = 5000;

const good = (value: number): Outcome => ok([{ point: 'value', value }]);
const SILENT = silent();
const REFUSED = refused();

/** A device whose line says what `next` says; `write` makes two dialogues. */
function rig(plan = [dialogue(1, 1, ['value'])], agrees?: PollDevice['agrees']) {
  const clock = new FakeClock();
  const told: unknown[] = [];
  const line = { next: [] as (Outcome | Fault)[], sent: 0, woken: 0, asked: [] as number[], timeouts: [] as number[] };
  const access = fakeLine(
    ({ request, timeout }) => {
      line.asked.push(request[1] ?? 0);
      line.timeouts.push(timeout);
      line.sent += 1;
      const outcome = line.next.shift() ?? good(7);
      if (outcome instanceof Fault) throw outcome;
      return outcome;
    },
    {
      now: () => clock.now(),
      characterMs: 1,
      wake: () => {
        line.woken += 1;
      },
    },
  );
  const device = new PolledDevice({
    ...{ id: 'meter', bus: 'rs485', line: access, clock, pollMs: PERIOD, staleAfterMs: STALE_AFTER, allow: [] },
    health: { offlineAfter: 3, probeMin: 1000, probeMax: 8000 },
    timeouts: { minTimeoutMs: 20 },
    device: {
      kind: 'poll',
      points: [{ name: 'value', type: 'number', writable: true }],
      plan: () => plan,
      write: () => [8, 9].map((length) => dialogue(1, length, [], {}, { acts: true })),
      ...(agrees && { agrees }),
    },
    events: {
      samples: (_, samples) => told.push(samples.map(({ value }) => value)),
      failed: (_, fault) => told.push(fault.code),
      availability: (_, online) => told.push(online),
    },
  });
  device.lineOpened(clock.now());
  const write = async () => {
    const result = device.write(new Map([['value', 7]]), () => undefined, never);
    // a value that differs is looked at a second time
    await Promise.all([result, settle().then(() => clock.advance(SECOND_LOOK))]);
    return result;
  };
  return { clock, told, line, device, write };
}

describe('a device that is asked', () => {
  it('wants the line at once when it opens, then once in its period, and never while there is none', async () => {
    const { clock, device } = rig();
    expect(device.dueAt()).toBe(clock.now());
    await device.poll(never);
    expect(device.dueAt()).toBe(clock.now() + PERIOD);
    device.lineClosed(new Fault('port/lost'));
    expect(device.dueAt()).toBe(Number.POSITIVE_INFINITY);
  });

  it('stays offline while it only refuses, once that has gone on for too long, and is asked at its own pace', async () => {
    const { clock, told, line, device } = rig();
    await device.poll(never);
    await clock.advance(STALE_AFTER + 1);
    device.tick(clock.now());
    expect(told.slice(2)).toEqual(['device/stale', false]);
    line.next.push(REFUSED, REFUSED);
    for (let round = 0; round < 2; round += 1) {
      await device.poll(never);
      device.tick(clock.now());
    }
    expect(told.filter((each) => typeof each === 'boolean')).toEqual([true, false]);
    expect(device.trust()).toBe('trusted');
    await clock.advance(PERIOD);
    await device.poll(never);
    expect(told.slice(-2)).toEqual([[7], true]);
  });

  it('does not want the line while it is paused, is not taken for online for ever then, and is due when it resumes', async () => {
    const { clock, told, line, device } = rig();
    await device.poll(never);
    device.pause();
    expect(device.dueAt()).toBe(Number.POSITIVE_INFINITY);
    expect(device.snapshot().health).toBe('paused');
    await clock.advance(STALE_AFTER);
    device.tick(clock.now());
    expect(told).toEqual([[7], true]);
    await clock.advance(1);
    device.tick(clock.now());
    device.tick(clock.now());
    expect(told.slice(2)).toEqual(['device/stale', false]);
    device.resume();
    device.resume();
    expect(line.woken).toBe(1);
    expect(device.dueAt()).toBe(clock.now());
    await device.poll(never);
    expect(told.slice(4)).toEqual([[7], true]);
  });

  it('is offline after so many silent polls, asked ever more rarely, and back with its first answer', async () => {
    const { clock, told, line, device } = rig();
    await device.poll(never);
    const waits: number[] = [];
    for (let count = 0; count < 7; count += 1) {
      line.next.push(SILENT);
      await clock.advance(Math.max(0, device.dueAt() - clock.now()));
      await device.poll(never);
      waits.push(device.dueAt() - clock.now());
    }
    expect(told.filter((each) => typeof each === 'boolean')).toEqual([true, false]);
    expect(waits.slice(2)).toEqual([1000, 2000, 4000, 8000, 8000]);
    await device.poll(never);
    expect(told.at(-1)).toBe(true);
    expect(device.snapshot()).toMatchObject({ health: 'online', fault: null, failures: 7 });
  });

  it('stays online when it says no, and tells why', async () => {
    const { told, line, device } = rig();
    line.next.push(REFUSED);
    await device.poll(never);
    expect(told).toEqual(['modbus/illegal-address', true]);
    expect(device.snapshot()).toMatchObject({ health: 'online', fault: 'modbus/illegal-address' });
  });

  it('is not blamed when the line was not to be had', async () => {
    const { told, line, device } = rig();
    line.next.push(new Fault('throttle/waited-too-long'));
    expect(await device.poll(never)).toBe(false);
    expect(told).toEqual([]);
    expect(device.snapshot()).toMatchObject({ health: 'starting', failures: 0 });
  });
});

describe('a device that is offline', () => {
  async function dead() {
    const all = rig(TWO);
    for (let count = 0; count < 6; count += 1) {
      all.line.next.push(SILENT);
      await all.clock.advance(Math.max(0, all.device.dueAt() - all.clock.now()));
      await all.device.poll(never);
    }
    return all;
  }

  it('may be asked sooner by a line that has time, at the least pace', async () => {
    const { clock, device } = await dead();
    expect(device.trust()).toBe('offline');
    expect(device.dueAt()).toBe(clock.now() + 8000);
    expect(device.freeAt()).toBe(clock.now() + 1000);
    expect(device.cost()).toBeGreaterThan(0);
    device.pause();
    expect(device.freeAt()).toBe(Number.POSITIVE_INFINITY);
  });

  it('is back with its first answer: due at its own pace, trusted, and polled whole', async () => {
    const { clock, line, device } = await dead();
    line.asked.length = 0;
    await device.poll(never);
    // the cheapest question was asked first
    expect(line.asked).toEqual([1, 5]);
    expect(device.trust()).toBe('trusted');
    expect(device.dueAt()).toBeGreaterThan(clock.now());
    expect(device.dueAt()).toBeLessThanOrEqual(clock.now() + PERIOD);
    line.asked.length = 0;
    await clock.advance(PERIOD);
    await device.poll(never);
    expect(line.asked).toEqual([5, 1]);
  });

  it('costs one question and no more while it is silent', async () => {
    const { line, device } = await dead();
    line.asked.length = 0;
    line.next.push(SILENT);
    await device.poll(never);
    expect(line.asked).toEqual([1]);
  });

  it('is asked at once when it has answered a command', async () => {
    const { clock, line, device } = await dead();
    line.next.push(SILENT);
    await expect(device.read(['value'], never)).rejects.toMatchObject({ code: 'device/silent' });
    expect(device.trust()).toBe('offline');
    await device.read(['value'], never);
    expect([device.trust(), device.dueAt(), device.freeAt()]).toEqual(['trusted', clock.now(), clock.now()]);
    expect(line.woken).toBe(1);
    expect(device.snapshot().health).toBe('offline');
    await device.poll(never);
    expect(device.snapshot().health).toBe('online');
  });
});

describe('a device that answers quickly', () => {
  it('is waited for less, and for the full time after it was not heard', async () => {
    const { clock, line, device } = rig();
    expect(device.snapshot().timeoutMs).toBeNull();
    const poll = async () => {
      await clock.advance(Math.max(0, device.dueAt() - clock.now()));
      await device.poll(never);
      return device.snapshot().timeoutMs;
    };
    const timeouts: (number | null)[] = [];
    for (let count = 0; count < 17; count += 1) timeouts.push(await poll());
    expect(timeouts.slice(0, 16)).toEqual(Array(16).fill(100));
    expect(timeouts[16]).toBe(25);
    expect(line.timeouts.at(-1)).toBe(25);
    line.next.push(SILENT);
    await poll();
    expect(await poll()).toBe(100);
  });
});

describe('a write of several exchanges', () => {
  it('has failed where the first was REFUSED, and no other is sent', async () => {
    const { line, write } = rig();
    line.next.push(REFUSED);
    expect(await write()).toMatchObject({ outcome: 'failed', fault: { code: 'modbus/illegal-address' } });
    expect(line.sent).toBe(1);
  });

  it('is unknown once one was taken and another was REFUSED, not answered or not sent', async () => {
    for (const second of [REFUSED, SILENT, new Fault('port/not-open')]) {
      const { line, write } = rig();
      line.next.push(good(0), second);
      expect(await write()).toMatchObject({ outcome: 'unknown' });
      expect(line.sent).toBe(2);
    }
  });

  it('throws where nothing was sent', async () => {
    const { line, write } = rig();
    line.next.push(new Fault('port/not-open'));
    await expect(write()).rejects.toMatchObject({ code: 'port/not-open' });
  });

  it('is verified where the read-back is the same digit by digit, and has failed where the device keeps another value', async () => {
    for (const [read, outcome] of [
      [7, 'verified'],
      [7.000001, 'failed'],
      [-7, 'failed'],
    ] as const) {
      const { line, write } = rig();
      const taken: Outcome = { ok: true, samples: [], latencyMs: 3 };
      line.next.push(taken, taken, good(read), good(read));
      expect(await write()).toMatchObject({ outcome, values: { value: read } });
    }
  });

  it('is judged by the driver where that knows better', async () => {
    const { line, write } = rig([dialogue(1, 1, ['value'])], (_point, written, read) => written === 7 && read === 700);
    const taken: Outcome = { ok: true, samples: [], latencyMs: 3 };
    line.next.push(taken, taken, good(700), taken, taken, good(7), good(7));
    expect(await write()).toMatchObject({ outcome: 'verified' });
    expect(await write()).toMatchObject({ outcome: 'failed', fault: { code: 'command/not-kept' } });
  });

  it('is judged by all digits of what was read back', async () => {
    const { line, write } = rig(undefined, (_point, _written, _read, exact) => exact === '9007199254740993');
    const taken: Outcome = { ok: true, samples: [], latencyMs: 3 };
    const read = (exact?: string): Outcome => {
      const sample = { point: 'value', value: 9007199254740992, ...(exact && { exact }) };
      return { ok: true, samples: [sample], latencyMs: 3 };
    };
    line.next.push(taken, taken, read('9007199254740993'), taken, taken, read(), read());
    expect(await write()).toMatchObject({ outcome: 'verified', values: { value: 9007199254740992 } });
    expect(await write()).toMatchObject({ outcome: 'failed', fault: { code: 'command/not-kept' } });
  });

  it('is applied, no more, where it can not be read back', async () => {
    const { line, write } = rig();
    const taken: Outcome = { ok: true, samples: [], latencyMs: 3 };
    line.next.push(taken, taken, SILENT);
    expect(await write()).toMatchObject({ outcome: 'applied', fault: { code: 'device/silent' } });
  });
});
