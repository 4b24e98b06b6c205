import { expect, it } from 'vitest';
import { PolledDevice } from '../../../../agent/device/polled-device.ts';
import { READ_BUDGET } from '../../../../agent/device/polling/direct-access.ts';
import { milliseconds } from '../../../../drivers/contract/duration.ts';
import { device } from '../../../drivers/modbus/support.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { fakeLine, ok, refused } from '../../../support/fake-line.ts';

const never = new AbortController().signal;
/** A request and its answer at 1200 baud, with what a slow device takes. */
const QUESTION = milliseconds(300);

/** A device with so many points, side by side, that refuses the addresses from `goneFrom` on. */
function rig(count: number, goneFrom: number) {
  const clock = new FakeClock();
  const line = { asked: 0, queueMs: 0 };
  const access = fakeLine(
    async ({ request, points: names }, _, signal) => {
      line.asked += 1;
      await clock.sleep(QUESTION, signal);
      const [, , high = 0, low = 0, , length = 0] = request;
      return high * 256 + low + length > goneFrom ? refused() : ok(names.map((point) => ({ point, value: 1 })));
    },
    { now: () => clock.now() },
  );
  const queued: typeof access = {
    ...access,
    async ask(ticket, inquiry, signal) {
      if (line.queueMs > 0) await clock.sleep(milliseconds(line.queueMs), signal);
      return await access.ask(ticket, inquiry, signal);
    },
  };
  const points = Array.from({ length: count }, (_, address) => ({ name: `p${address}`, address }));
  const polled = new PolledDevice({
    ...{ id: 'meter', bus: 'rs485', line: queued, clock, pollMs: 1000, staleAfterMs: 60_000, allow: [] },
    health: { offlineAfter: 1, probeMin: 1000, probeMax: 8000 },
    timeouts: { minTimeoutMs: 1000 },
    device: device(points.map((each) => ({ ...each, register: 'input', type: 'uint16' }))),
    events: { samples: () => undefined, failed: () => undefined, availability: () => undefined },
  });
  const read = async () => {
    const reading = polled.readEach(
      points.map(({ name }) => name),
      never,
    );
    const from = clock.now();
    let took = Number.NaN;
    void reading.finally(() => {
      took = clock.now() - from;
    });
    await clock.advance(600_000);
    const { values, faults = {} } = await reading;
    return { values, faults, took };
  };
  return { line, read };
}

it('a read of hundreds of refused points ends with its budget of the line, and tells what it left out', async () => {
  const { line, read } = rig(256, 0);
  const { values, faults, took } = await read();
  expect(values).toEqual({});
  expect(took).toBeLessThanOrEqual(READ_BUDGET + QUESTION);
  expect(line.asked).toBe(Math.ceil(READ_BUDGET / QUESTION));
  const codes = Object.values(faults);
  expect(codes).toHaveLength(256);
  expect(codes.filter((code) => code === 'modbus/illegal-address').length).toBeGreaterThan(10);
  expect(codes.filter((code) => code === 'command/read-budget').length).toBeGreaterThan(200);
});

it('what was read before the budget was used up is given', async () => {
  const { values, faults } = await rig(256, 125).read();
  expect(values).toHaveProperty('p0', 1);
  expect(Object.keys(values).length).toBeGreaterThanOrEqual(125);
  expect(Object.keys(values).length + Object.keys(faults).length).toBe(256);
});

it('the wait for the line is not the read’s own time', async () => {
  const { line, read } = rig(250, 250);
  line.queueMs = 6000;
  const { values, faults, took } = await read();
  expect(took).toBeGreaterThan(READ_BUDGET);
  expect([Object.keys(values).length, Object.keys(faults).length]).toEqual([250, 0]);
});
