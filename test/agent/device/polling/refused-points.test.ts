import { expect, it } from 'vitest';
import { PolledDevice } from '../../../../agent/device/polled-device.ts';
import type { LineAccess } from '../../../../agent/device/polling/line-access.ts';
import { Ticket } from '../../../../agent/throttle/ticket.ts';
import type { Exchange } from '../../../../drivers/contract/driver.ts';
import { Fault } from '../../../../drivers/contract/fault.ts';
import { device } from '../../../drivers/modbus/support.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const never = new AbortController().signal;
const PERIOD = 1000;

/** A device with points `a` at 0, `b` at 8 and, more rarely read, `rare` at 100; some addresses are not there. */
function rig(gone: readonly number[]) {
  const clock = new FakeClock();
  const told: unknown[] = [];
  const line = { gone, silent: false, asked: [] as number[] };
  const prepared = new Map<unknown, (number: number) => Exchange>();
  const access: LineAccess = {
    register(_lane, prepare) {
      const ticket = new Ticket<number, never>();
      prepared.set(ticket, prepare);
      return ticket;
    },
    async ask(ticket, number) {
      const exchange = prepared.get(ticket)?.(number);
      const first = exchange?.request[3] ?? 0;
      const count = exchange?.request[5] ?? 0;
      line.asked.push(count);
      if (line.silent) return { ok: false, fault: new Fault('device/silent'), answered: false, refused: false };
      if (line.gone.some((at) => at >= first && at < first + count)) {
        return { ok: false, fault: new Fault('modbus/illegal-address'), answered: true, refused: true };
      }
      return { ok: true, samples: (exchange?.points ?? []).map((point) => ({ point, value: 1 })), latencyMs: 3 };
    },
    clearAt: () => clock.now(),
    cameLate: () => false,
    wake: () => undefined,
  };
  const points = [
    { name: 'a', address: 0 },
    { name: 'b', address: 8 },
    { name: 'rare', address: 100, pollMs: 3 * PERIOD },
  ];
  const polled = new PolledDevice({
    ...{ id: 'meter', bus: 'rs485', line: access, clock, pollMs: PERIOD, staleAfterMs: 60_000, allow: [] },
    health: { offlineAfter: 1, probeMin: 1000, probeMax: 8000 },
    timeouts: { minTimeoutMs: 1000 },
    device: device(
      points.map((each) => ({ ...each, register: 'input', type: 'uint16' })),
      { maxHole: 10 },
    ),
    events: {
      samples: (_, samples) => told.push(samples.map(({ point }) => point).join(' ')),
      failed: (_, fault) => told.push(fault.code),
      availability: (_, online) => told.push(online),
    },
  });
  polled.lineOpened(clock.now());
  const poll = async () => {
    await clock.advance(Math.max(0, polled.dueAt() - clock.now()));
    told.length = 0;
    line.asked.length = 0;
    await polled.poll(never);
    return [...told];
  };
  return { line, poll, polled };
}

it('a bridged hole that is refused is no fault of the device', async () => {
  const { poll, polled } = rig([4]);
  expect(await poll()).toEqual(['a b rare', true]);
  expect(polled.snapshot()).toMatchObject({ health: 'online', fault: null, failures: 0 });
});

it('a point that is refused for good is news once and stays in the status, while the others are read', async () => {
  const { line, poll, polled } = rig([8, 100]);
  expect(await poll()).toEqual(['a', 'modbus/illegal-address', true]);
  for (let polls = 0; polls < 5; polls += 1) {
    expect(await poll()).toEqual(['a']);
    expect(polled.snapshot()).toMatchObject({ health: 'online', fault: 'modbus/illegal-address' });
  }
  line.gone = [];
  expect(await poll()).toEqual(['a b rare']);
  expect(polled.snapshot().fault).toBeNull();
  line.gone = [8];
  expect(await poll()).toEqual(['a', 'modbus/illegal-address']);
});

it('the fault of a point that is read more rarely stands until it is read', async () => {
  const { line, poll, polled } = rig([100]);
  expect(await poll()).toEqual(['a b', 'modbus/illegal-address', true]);
  for (let polls = 0; polls < 5; polls += 1) {
    expect(await poll()).toEqual(['a b']);
    expect(polled.snapshot().fault).toBe('modbus/illegal-address');
  }
  line.gone = [];
  await poll();
  expect(polled.snapshot().fault).toBeNull();
});

it('a device that was offline is asked whole again at once', async () => {
  const { line, poll } = rig([4]);
  await poll();
  await poll();
  expect(line.asked).toEqual([1, 1]);
  line.silent = true;
  expect(await poll()).toContain(false);
  line.silent = false;
  line.gone = [];
  expect(await poll()).toContain(true);
  expect(line.asked).toContain(9);
});

it('a read that somebody asked for is split too, and fails only for what is refused alone', async () => {
  const { line, polled } = rig([4]);
  expect(await polled.read(['a', 'b'], never)).toEqual({ a: 1, b: 1 });
  line.gone = [8];
  await expect(polled.read(['a', 'b'], never)).rejects.toMatchObject({ code: 'modbus/illegal-address' });
  expect(await polled.read(['a'], never)).toEqual({ a: 1 });
});
