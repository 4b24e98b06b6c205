import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Dialogue } from '../../drivers/contract/dialogue.ts';
import {
  askedPart,
  type Device,
  type Driver,
  type PollDevice,
  type StreamDevice,
} from '../../drivers/contract/driver.ts';
import { Fault } from '../../drivers/contract/fault.ts';
import type { Memory } from '../../drivers/contract/memory.ts';
import type { Point, Value } from '../../drivers/contract/reading.ts';
import { lineTiming, UNKNOWN_LINE } from '../../drivers/port/line.ts';
import { createDevice } from '../../drivers/registry/loader.ts';
import { DRIVERS } from '../../drivers/registry/table.ts';
import { type Given, runWith } from './dialogue-machine.ts';
import { SAMPLES, type SampleDevice } from './samples.ts';
import { driver as toy } from './toy/toy.ts';

const LINES = [UNKNOWN_LINE, ...[300, 9600, 115_200].map((baudRate) => lineTiming({ baudRate, ...FORM() }))];
const RUNS = 200;
const MOST_PARTS = 64;

function FORM() {
  return { dataBits: 8, parity: 'none', stopBits: 1 } as const;
}

const ALL: readonly SampleDevice[] = [
  ...SAMPLES,
  { driver: 'toy', options: { unit: 3 }, points: [{ name: 'weight' }, { name: 'tare' }] },
];

async function driverOf(name: string): Promise<Driver> {
  if (name === 'toy') return toy;
  const load = DRIVERS[name];
  if (load === undefined) throw new Error(`no driver ${name}`);
  return (await load()).driver;
}

async function made({ driver, options, points, secrets = {} }: SampleDevice): Promise<readonly Device[]> {
  const loaded = await driverOf(driver);
  const files = new Map(Object.entries(secrets));
  return LINES.map((line) => createDevice(loaded, { options, points, line, secrets: files }));
}

/** The bytes of the wire: noise, text, our own request before or in it, and the same byte often. */
const piece = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.string({ maxLength: 40 }).map((text) => Uint8Array.from(text, (each) => each.charCodeAt(0) & 0xff)),
  fc.tuple(fc.nat({ max: 255 }), fc.nat({ max: 40 })).map(([byte, length]) => new Uint8Array(length).fill(byte)),
);
const answer = fc.record({
  bytes: piece,
  echoes: fc.boolean(),
  flips: fc.nat({ max: 7 }),
  cuts: fc.array(fc.nat(320), { maxLength: 6 }),
});
const answers = fc.array(answer, { minLength: 1, maxLength: 6 });
const value = fc.oneof(fc.double(), fc.string({ maxLength: 9 }), fc.array(fc.double(), { maxLength: 5 }));
const memory: fc.Arbitrary<Memory | undefined> = fc.option(
  fc.dictionary(fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom('fcb', 'count', 'map', 'at')), value, {
    maxKeys: 5,
  }),
  { nil: undefined },
);

type Answers = readonly { bytes: Uint8Array; echoes: boolean; flips: number; cuts: readonly number[] }[];

function answering(given: Answers) {
  return (request: Uint8Array, asked: number): Given => {
    const { bytes = new Uint8Array(0), echoes = false, flips = 0, cuts = [] } = given[asked % given.length] ?? {};
    const echo = echoes ? Array.from(request) : [];
    // the answers of many protocols begin as their requests do
    if (flips > 0 && echo.length > 1) echo[1] = (echo[1] ?? 0) ^ (1 << flips);
    return { bytes: Uint8Array.from([...echo, ...bytes]), cuts };
  };
}

/** Everything that the device may ask, the parts of what is refused included. */
function dialoguesOf(device: PollDevice): readonly Dialogue[] {
  const names = device.points.map(({ name }) => name);
  const writable = device.points.filter((point) => point.writable);
  const plans = [device.plan(names), ...names.map((name) => device.plan([name]))].flat();
  const own = device.identify === undefined ? [] : [device.identify()];
  const found = [...plans, ...own, ...writable.flatMap((point) => written(device, point))];
  for (let at = 0; at < found.length && found.length < MOST_PARTS; at++) {
    for (const code of ['device/silent', 'modbus/illegal-address'] as const)
      found.push(...(found[at]?.split?.(new Fault(code)) ?? []));
  }
  return found;
}

function written(device: PollDevice, { name, type, choices, min = 0 }: Point): readonly Dialogue[] {
  const sample: Value = choices?.[0] ?? (type === 'boolean' ? true : type === 'text' ? 'a' : min);
  try {
    return device.write(new Map([[name, sample]]));
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(Fault);
    return [];
  }
}

describe('every driver', () => {
  it('of the table has a sample here', () => {
    expect(Object.keys(DRIVERS).filter((name) => !SAMPLES.some(({ driver }) => driver === name))).toEqual([]);
  });

  for (const sample of ALL) {
    const name = `${sample.driver} ${JSON.stringify(sample.options)}`;

    it(`${name}: any answers, cut anywhere, after any memory, end its dialogues within their cost`, async () => {
      for (const [at, whole] of (await made(sample)).entries()) {
        const device = askedPart(whole);
        if (device === undefined) continue;
        const line = LINES[at] ?? UNKNOWN_LINE;
        const known = new Set(device.points.map(({ name: point }) => point));
        const all = dialoguesOf(device);
        expect(all.length).toBeGreaterThan(0);
        fc.assert(
          fc.property(fc.constantFrom(...all), answers, memory, (dialogue, given, before) => {
            const { end, requests } = runWith(dialogue, line, answering(given), before);
            if (end.kind === 'end') {
              for (const { point } of end.samples) expect(known.has(point)).toBe(true);
              if (end.further) runWith(end.further, line, answering(given), before);
            } else expect(end.fault).toBeInstanceOf(Fault);
            // pure: the same again
            expect(runWith(dialogue, line, answering(given), before).requests).toEqual(requests);
          }),
          { numRuns: RUNS },
        );
      }
    });

    it(`${name}: any bytes, cut anywhere, never make its framer or its decoder throw`, async () => {
      const device = (await made(sample)).find((each): each is StreamDevice => each.kind === 'stream');
      if (device === undefined) return;
      const known = new Set(device.points.map(({ name: point }) => point));
      fc.assert(
        fc.property(fc.array(piece, { maxLength: 12 }), memory, (chunks, before) => {
          const framer = device.framer();
          let kept = before;
          for (const chunk of chunks) {
            framer.push(chunk, (frame) => {
              const decoded = device.decode(frame, kept);
              kept = decoded.memory ?? kept;
              if ('samples' in decoded) for (const { point } of decoded.samples) expect(known.has(point)).toBe(true);
              else expect(decoded.fault).toBeInstanceOf(Fault);
            });
          }
          for (const chunk of chunks) device.decode(chunk, before);
          expect(framer.discarded).toBeGreaterThanOrEqual(0);
          expect(JSON.stringify(kept ?? {}).length).toBeLessThanOrEqual(4096);
        }),
        { numRuns: RUNS },
      );
    });
  }
});

describe('the suite itself', () => {
  const DIALOGUE = toy.create({ options: { unit: 3 }, points: [{ name: 'weight' }], line: UNKNOWN_LINE });
  const [good] = DIALOGUE.kind === 'poll' ? DIALOGUE.plan(['weight']) : [];
  const bytes = (text: string) => Uint8Array.from(text, (each) => each.charCodeAt(0));
  const told = (_: Uint8Array, asked: number): Given => ({ bytes: bytes(asked === 0 ? '!' : '042+6'), cuts: [] });

  it('reads what a device in order says', () => {
    if (good === undefined) throw new Error('nothing is asked');
    const { end } = runWith(good, UNKNOWN_LINE, told);
    expect(end).toMatchObject({ kind: 'end', samples: [{ point: 'weight', value: 42 }] });
  });

  it('finds a dialogue that takes more than it has said', () => {
    if (good === undefined) throw new Error('nothing is asked');
    const cost = { usual: good.cost.usual, most: good.cost.most.slice(0, 1) };
    expect(() => runWith({ ...good, cost }, UNKNOWN_LINE, told)).toThrow('cost.most');
  });
});
