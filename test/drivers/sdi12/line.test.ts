import { describe, expect, it } from 'vitest';
import { Bus } from '../../../agent/bus/bus.ts';
import type { Outcome } from '../../../agent/bus/dialogue/inquiry.ts';
import { DeviceMemory } from '../../../agent/device/memory.ts';
import { silentLog } from '../../../agent/log/log.ts';
import { heldMs } from '../../../config/budget/dialogue-cost.ts';
import { LIMITS } from '../../../config/limits.ts';
import { type Duration, milliseconds } from '../../../drivers/contract/duration.ts';
import type { Fault } from '../../../drivers/contract/fault.ts';
import { Sdi12Sensor } from '../../../scripts/sim/sdi12-sensor.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { FakePort } from '../../support/fake-port.ts';
import { bytesOf, LINE, only, sensor, values } from './recorder.ts';

const never = new AbortController().signal;
/** A sensor answers so long after the end of a command. */
const TURNAROUND = 12;
const MEASURES = 2;

/** A real bus with the runner of dialogues, and a simulated sensor on it that sleeps, wakes by a break, and takes its time. */
async function rig(deaf = 0) {
  const clock = new FakeClock();
  const events: { readonly at: number; readonly what: string }[] = [];
  const simulated = new Sdi12Sensor({
    ...{ address: '0', identification: '14FIELDWRDSOIL-11.0' },
    measurements: new Map([[0, { seconds: MEASURES, values: () => ['+21.5', '-3'] }]]),
  });
  let awakeAt = Number.NEGATIVE_INFINITY;
  let heard = 0;
  const note = (what: string) => events.push({ at: clock.now(), what });
  const say = (port: FakePort, text: string, from: number) => {
    awakeAt = from + text.length * LINE.characterMs;
    for (const [index, byte] of bytesOf(text).entries()) {
      clock.at(from + (index + 1) * LINE.characterMs, () => port.feed(Uint8Array.of(byte)));
    }
  };
  const port = () =>
    new FakePort({
      controlling: (what) => {
        note(String(what));
        if (what === 'break') simulated.disturb(clock.now());
        if (what === 'end of break') awakeAt = clock.now();
        return undefined;
      },
      written: (bytes, on) => {
        const text = String.fromCharCode(...bytes);
        note(text);
        const end = clock.now() + bytes.length * LINE.characterMs;
        if (clock.now() - awakeAt > 100) throw new Error('the sensor sleeps again');
        awakeAt = end;
        heard += 1;
        if (heard <= deaf) return;
        clock.at(end, () => {
          const answer = simulated.answer(text, clock.now());
          if (answer !== undefined) say(on, answer, clock.now() + TURNAROUND);
          const readyAt = simulated.serviceAt;
          if (readyAt === undefined) return;
          clock.at(readyAt, () => {
            if (simulated.serviceAt === readyAt) say(on, simulated.service(), clock.now());
          });
        });
      },
    });
  const bus = new Bus({
    ...{ id: 'a', timing: LINE, echo: false, gap: milliseconds(0), maxQueue: 16, commandBurst: 4, random: () => 0 },
    ...{ maxWait: milliseconds(60_000), maxRun: maxRun(), clock, log: silentLog, createPort: port },
    ...{ reopenMin: milliseconds(500), reopenMax: milliseconds(8000) },
  });
  const dialogues = bus.register('command', new DeviceMemory('soil'));
  await bus.start();
  await clock.advance(1000);
  const run = async (options: object = {}): Promise<Outcome | Fault> => {
    const dialogue = only(sensor({ address: 0, ...options }, values(0, 1)));
    const outcome = bus.ask(dialogues, { dialogue }, never).catch((fault: Fault) => fault);
    for (let step = 0; step < 4000; step++) await clock.advance(5);
    await bus.stop(never);
    return await outcome;
  };
  return { run, events };
}

function maxRun(): Duration {
  return milliseconds(LIMITS.throttle.maxRunMs.default);
}

describe('on a bus', () => {
  it('a measurement is read by the runner of dialogues, with breaks and marking as long as the standard wants', async () => {
    const { run, events } = await rig();
    expect(await run()).toMatchObject({
      ok: true,
      samples: [
        { point: 'v0', value: 21.5 },
        { point: 'v1', value: -3 },
      ],
    });
    expect(events.map(({ what }) => what)).toEqual(['break', 'end of break', '0M!', 'break', 'end of break', '0D0!']);
    for (const [index, { at, what }] of events.entries()) {
      const before = events[index - 1];
      if (before === undefined || what === 'break') continue;
      const span = at - before.at;
      expect(span).toBeGreaterThanOrEqual(what === 'end of break' ? 12 : 8.33);
      if (what !== 'end of break') expect(span).toBeLessThan(100);
    }
  });

  it('a sensor that missed the first commands is asked again, soon enough to be still awake', async () => {
    const { run, events } = await rig(4);
    expect(await run()).toMatchObject({ ok: true });
    const commands = events.filter(({ what }) => what === '0M!');
    expect(commands).toHaveLength(5);
    const [first, second] = commands;
    const sent = 3 * LINE.characterMs;
    const pause = (second?.at ?? 0) - (first?.at ?? 0) - sent;
    expect(pause).toBeGreaterThanOrEqual(16.67);
    expect(pause).toBeLessThanOrEqual(87);
    // one of the three comes when also the slowest sensor has woken up
    expect((commands[2]?.at ?? 0) - (events[1]?.at ?? 0)).toBeGreaterThanOrEqual(112.5);
  });

  it('a concurrent measurement is read too', async () => {
    const { run } = await rig();
    expect(await run({ command: 'C', crc: true })).toMatchObject({ ok: true });
  });

  it('without the break nobody is awake: the rig would say so', async () => {
    expect(await (await rig()).run({ break: false })).toBeInstanceOf(Error);
  });
});

describe('the cost', () => {
  const pace = { timing: LINE, gapMs: 0 };
  it.each([
    [{}, values(0, 1, 2)],
    [{ crc: true }, values(0, 1, 2)],
    [{ command: 'R' }, values(0, 5)],
    [{ command: 'C' }, values(0, 1)],
    [{ break: false }, values(0, 1)],
  ])('of a usual sensor fits in what an operation may take by default: %j', (options, points) => {
    expect(heldMs(only(sensor({ address: 0, ...options }, points)), pace)).toBeLessThan(
      LIMITS.throttle.maxRunMs.default,
    );
  });

  it('counts the whole time that a measurement may take', () => {
    const held = (maxMeasureS: number) => heldMs(only(sensor({ address: 0, maxMeasureS }, values(0))), pace);
    expect(held(60) - held(1)).toBeCloseTo(59_000);
    const usual = ({ maxMeasureS = 1, command = 'M' }) =>
      only(sensor({ address: 0, maxMeasureS, command }, values(0))).cost.usual.reduce(
        (sum, leg) => sum + (leg.rest ?? 0),
        0,
      );
    for (const command of ['M', 'C']) {
      expect(usual({ maxMeasureS: 60, command }) - usual({ maxMeasureS: 1, command })).toBeCloseTo(59_000);
    }
  });
});
