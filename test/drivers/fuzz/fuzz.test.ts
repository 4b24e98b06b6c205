import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Dialogue } from '../../../drivers/contract/dialogue.ts';
import type { PollDevice, StreamDevice } from '../../../drivers/contract/driver.ts';
import { Fault } from '../../../drivers/contract/fault.ts';
import type { Memory } from '../../../drivers/contract/memory.ts';
import type { Point, Sample, Value } from '../../../drivers/contract/reading.ts';
import { lineTiming } from '../../../drivers/port/line.ts';
import { runWith } from '../dialogue-machine.ts';
import { type FuzzSubject, fuzzSubjects } from './subjects.ts';

/** Seconds for each decoder, all its tests together; absent: so many runs as take a second or so. */
const FUZZ_S = Number(process.env.FIELDWARD_FUZZ_S ?? 0);
/** A run of minutes is one piece of work: a timeout of the suite would only fail it once it is done. */
const TIMEOUT = 2000 * FUZZ_S + 300_000;

const LINE = lineTiming({ baudRate: 300, dataBits: 8, parity: 'none', stopBits: 1 });
const LONGEST_TEXT = 1024;

interface Edit {
  readonly kind: 'change' | 'cut' | 'drop' | 'insert' | 'repeat';
  /** Where, and how much of it, as shares of the whole. */
  readonly at: number;
  readonly span: number;
  readonly bytes: readonly number[];
}

function bytesFrom(alphabet: readonly number[], maxLength: number) {
  return fc.array(fc.oneof(fc.nat(255), fc.constantFrom(...alphabet), fc.constantFrom(...alphabet)), { maxLength });
}

/** @param share of the seconds */
function runs(share: number) {
  return FUZZ_S > 0
    ? { numRuns: Number.MAX_SAFE_INTEGER, interruptAfterTimeLimit: FUZZ_S * 1000 * share }
    : { numRuns: 100 };
}

function edits(alphabet: readonly number[]) {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  return fc.array(
    fc.record<Edit>({
      kind: fc.constantFrom('change', 'change', 'cut', 'drop', 'insert', 'repeat'),
      ...{ at: share, span: share },
      bytes: fc.array(fc.oneof(fc.nat(255), fc.constantFrom(...alphabet)), { minLength: 1, maxLength: 8 }),
    }),
    { maxLength: 4 },
  );
}

function edited(sound: Uint8Array, all: readonly Edit[]): Uint8Array {
  let bytes = [...sound];
  for (const { kind, at, span, bytes: given } of all) {
    const place = Math.min(bytes.length, Math.floor(at * bytes.length));
    const length = 1 + Math.floor(span * span * 30);
    if (kind === 'change') bytes.splice(place, given.length, ...given);
    else if (kind === 'cut') bytes = bytes.slice(0, place);
    else if (kind === 'drop') bytes.splice(place, length);
    else if (kind === 'insert') bytes.splice(place, 0, ...given);
    else bytes.splice(place, 0, ...bytes.slice(place, place + length));
  }
  return Uint8Array.from(bytes.slice(0, 6000));
}

/** A telegram to be spoiled: its number, the change of its content, and the change of the whole. */
interface Spoiled {
  readonly which: number;
  readonly within: readonly Edit[];
  readonly around: readonly Edit[];
}

function spoiled(alphabet: readonly number[]) {
  return fc.record<Spoiled>({ which: fc.nat(7), within: edits(alphabet), around: edits(alphabet) });
}

function said({ says }: FuzzSubject, { which, within, around }: Spoiled): Uint8Array {
  const saying = says[which % says.length];
  return saying === undefined ? new Uint8Array(0) : edited(saying.seal(edited(saying.payload, within)), around);
}

interface Tally {
  runs: number;
  bytes: number;
  values: number;
  slowest: number;
}

function noted<T>(tally: Tally, bytes: number, work: () => T): T {
  const started = performance.now();
  const made = work();
  tally.slowest = Math.max(tally.slowest, performance.now() - started);
  tally.runs += 1;
  tally.bytes += bytes;
  return made;
}

function report(name: string, { runs, bytes, values, slowest }: Tally, seconds: number): void {
  if (FUZZ_S === 0) return;
  const spent = `${seconds.toFixed(0)} s, slowest ${slowest.toFixed(1)} ms`;
  console.log(`fuzz ${name}: ${runs} runs, ${bytes} bytes, ${values} values, ${spent}`);
}

function checkSamples(samples: readonly Sample[], points: readonly Point[]): void {
  for (const { point, value } of samples) {
    const known = points.find(({ name }) => name === point);
    expect(known).toBeDefined();
    if (value === null) continue;
    expect(typeof value).toBe(known?.type === 'text' ? 'string' : known?.type);
    if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
    if (typeof value === 'string') expect(value.length).toBeLessThanOrEqual(LONGEST_TEXT);
  }
}

interface Heard {
  readonly samples: readonly Sample[];
  readonly faults: readonly string[];
  readonly discarded: number;
}

function hear(device: StreamDevice, chunks: readonly Uint8Array[]): Heard {
  const framer = device.framer();
  let memory: Memory | undefined;
  const samples: Sample[] = [];
  const faults: string[] = [];
  for (const chunk of chunks) {
    framer.push(chunk, (frame) => {
      const decoded = device.decode(frame, memory);
      memory = decoded.memory ?? memory;
      if ('samples' in decoded) samples.push(...decoded.samples);
      else {
        expect(decoded.fault).toBeInstanceOf(Fault);
        faults.push(decoded.fault.code);
      }
    });
  }
  expect(JSON.stringify(memory ?? {}).length).toBeLessThanOrEqual(4096);
  return { samples, faults, discarded: framer.discarded };
}

function pieces(stream: Uint8Array, size: number): readonly Uint8Array[] {
  return Array.from({ length: Math.ceil(stream.length / size) }, (_, at) =>
    stream.subarray(at * size, (at + 1) * size),
  );
}

/** Any stream of sound, spoiled and foreign telegrams: no throw, the same at any cut, bounded texts and finite numbers. */
function fuzzTalker(subject: FuzzSubject, device: StreamDevice, tally: Tally, share: number): void {
  const part = fc.oneof(spoiled(subject.alphabet), spoiled(subject.alphabet), bytesFrom(subject.alphabet, 200));
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 300 }), (parts, size) => {
      const stream = Buffer.concat(parts.map((one) => ('which' in one ? said(subject, one) : Uint8Array.from(one))));
      const heard = noted(tally, stream.length, () => hear(device, [Uint8Array.from(stream)]));
      tally.values += heard.samples.length;
      checkSamples(heard.samples, device.points);
      expect(hear(device, pieces(stream, size))).toEqual(heard);
    }),
    runs(share),
  );
}

/** One changed byte, or an end that is missing, in one telegram between two sound ones: only values that were sent. */
function fuzzDamage(subject: FuzzSubject, device: StreamDevice, tally: Tally, share: number): void {
  const sounds = subject.says.map(({ payload, seal }) => seal(payload));
  const sent = new Map<string, Set<Value>>();
  for (const { point, value } of hear(device, sounds).samples) {
    sent.set(point, (sent.get(point) ?? new Set()).add(value));
  }
  const damage = fc.record({
    which: fc.nat(7),
    at: fc.nat(4000),
    by: fc.integer({ min: 1, max: 255 }),
    cuts: fc.boolean(),
  });
  fc.assert(
    fc.property(damage, ({ which, at, by, cuts }) => {
      const sound = sounds[which % sounds.length] ?? new Uint8Array(0);
      const place = at % sound.length;
      const spoilt = cuts ? sound.slice(0, place) : sound.map((byte, index) => (index === place ? byte ^ by : byte));
      const { samples } = noted(tally, spoilt.length, () => hear(device, [spoilt, ...sounds, ...sounds]));
      tally.values += samples.length;
      for (const { point, value } of samples) {
        expect(sent.get(point)?.has(value), `${point} ${String(value)}`).toBe(true);
      }
    }),
    runs(share),
  );
}

function dialoguesOf(device: PollDevice): readonly Dialogue[] {
  const names = device.points.map(({ name }) => name);
  return [...device.plan(names), ...names.map((name) => device.plan([name]))].flat();
}

/** Each answer sound or spoiled: the run ends within its cost, and its values are of the points. */
function fuzzAsked(subject: FuzzSubject, device: PollDevice, tally: Tally, share: number): void {
  const { says, answerTo = () => 0, alphabet } = subject;
  const all = dialoguesOf(device);
  const answer = fc.record({
    // most are sound: only so a run comes to its last step
    spoil: fc.option(spoiled(alphabet), { freq: 2, nil: undefined }),
    before: fc.oneof(fc.constant([]), fc.constant([]), bytesFrom(alphabet, 20)),
    cuts: fc.array(fc.nat(300), { maxLength: 4 }),
  });
  fc.assert(
    fc.property(fc.constantFrom(...all), fc.array(answer, { minLength: 1, maxLength: 6 }), (dialogue, answers) => {
      let bytes = 0;
      const given = (request: Uint8Array, asked: number) => {
        const { spoil, before = [], cuts = [] } = answers[asked % answers.length] ?? {};
        const which = answerTo(request) ?? -1;
        const saying = says[which];
        if (saying === undefined) return { bytes: Uint8Array.from(before), cuts };
        const told = spoil === undefined ? saying.seal(saying.payload) : said(subject, { ...spoil, which });
        bytes += told.length;
        return { bytes: Uint8Array.from([...before, ...told]), cuts };
      };
      const { end } = noted(tally, 0, () => runWith(dialogue, LINE, given));
      tally.bytes += bytes;
      if (end.kind === 'end') {
        tally.values += end.samples.length;
        checkSamples(end.samples, device.points);
      } else expect(end.fault).toBeInstanceOf(Fault);
    }),
    runs(share),
  );
}

/** One changed byte, or an end that is missing, in one of the answers: only values that were sent. */
function fuzzDamagedAnswer(subject: FuzzSubject, device: PollDevice, tally: Tally, share: number): void {
  const { says, answerTo = () => 0 } = subject;
  const soundTo = (request: Uint8Array) => {
    const saying = says[answerTo(request) ?? -1];
    return saying === undefined ? new Uint8Array(0) : saying.seal(saying.payload);
  };
  const sound = dialoguesOf(device).map((dialogue) => {
    const { end } = runWith(dialogue, LINE, (request) => ({ bytes: soundTo(request), cuts: [] }));
    if (end.kind !== 'end') throw new Error(`${subject.name}: the sound answers are refused, ${end.fault.code}`);
    return { dialogue, sent: new Map(end.samples.map(({ point, value }) => [point, value])) };
  });
  const damage = fc.record({
    which: fc.nat(5),
    at: fc.nat(300),
    by: fc.integer({ min: 1, max: 255 }),
    cuts: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.constantFrom(...sound), damage, ({ dialogue, sent }, { which, at, by, cuts }) => {
      const { end } = noted(tally, 0, () =>
        runWith(dialogue, LINE, (request, asked) => {
          const bytes = soundTo(request);
          tally.bytes += bytes.length;
          if (asked !== which || bytes.length === 0) return { bytes, cuts: [] };
          const place = at % bytes.length;
          const spoilt = cuts
            ? bytes.slice(0, place)
            : bytes.map((byte, index) => (index === place ? byte ^ by : byte));
          return { bytes: spoilt, cuts: [] };
        }),
      );
      if (end.kind === 'fail') return;
      tally.values += end.samples.length;
      for (const { point, value } of end.samples) {
        if (value !== null) expect(value, point).toBe(sent.get(point));
      }
    }),
    runs(share),
  );
}

/** Rounds of a short run until anything was read. */
const ROUNDS = 50;

function testsOf({ checked }: FuzzSubject): number {
  return checked ? 2 : 1;
}

describe('a decoder', async () => {
  const all = await fuzzSubjects();
  for (const subject of all) {
    const { decoder, name, device, checked } = subject;
    const share = 1 / all.filter((one) => one.decoder === decoder).reduce((sum, one) => sum + testsOf(one), 0);
    const measured = (title: string, work: (tally: Tally) => void) => () => {
      const tally: Tally = { runs: 0, bytes: 0, values: 0, slowest: 0 };
      const started = performance.now();
      // few random frames may all be spoilt: frames that nobody could read show nothing
      for (let round = 0; round < ROUNDS && tally.values === 0; round += 1) work(tally);
      report(`${name}, ${title}`, tally, (performance.now() - started) / 1000);
      expect(tally.values).toBeGreaterThan(0);
    };

    test(
      `of ${name} stands whatever comes`,
      { timeout: TIMEOUT },
      measured('anything', (tally) =>
        device.kind === 'stream' ? fuzzTalker(subject, device, tally, share) : fuzzAsked(subject, device, tally, share),
      ),
    );

    test.runIf(checked)(
      `of ${name} gives no value that was not sent, where one byte is another or the end is missing`,
      { timeout: TIMEOUT },
      measured('one byte', (tally) =>
        device.kind === 'stream'
          ? fuzzDamage(subject, device, tally, share)
          : fuzzDamagedAnswer(subject, device, tally, share),
      ),
    );
  }
});
