import { expect, it } from 'vitest';
import { PolledDevice } from '../../../../agent/device/polled-device.ts';
import { device } from '../../../drivers/modbus/support.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { fakeLine, ok, refused, silent } from '../../../support/fake-line.ts';

const never = new AbortController().signal;
const PERIOD = 1000;

/** A device with points `a` at 0, `b` at 8 and, more rarely read, `rare` at 100; some addresses are not there. */
function rig(gone: readonly number[]) {
  const clock = new FakeClock();
  const told: unknown[] = [];
  const line = { gone, silent: false, asked: [] as number[] };
  const access = fakeLine(
    ({ request, points: names }) => {
      const [, , , first = 0, , count = 0] = request;
      line.asked.push(count);
      if (line.silent) return silent();
      if (line.gone.some((at) => at >= first && at < first + count)) return refused();
      return ok(names.map((point) => ({ point, value: 1 })));
    },
    { now: () => clock.now() },
  );
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
