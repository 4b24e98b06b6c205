import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Dialogue, ExchangeEnd, Step } from '../../../../drivers/contract/dialogue.ts';
import { Fault } from '../../../../drivers/contract/fault.ts';
import { type Asked, asked, exchangeOf } from '../../../support/dialogue.ts';
import { hex, toHex, transcript } from '../../../support/transcript.ts';
import { tcpDevice } from '../support.ts';

const holding = (name: string, address: number, more: Record<string, unknown> = {}) => ({
  ...{ name, register: 'holding', address, type: 'uint16' },
  ...more,
});

/** Points too far from each other for one request. */
const APART = Array.from({ length: 4 }, (_, index) => holding(`p${index}`, index * 1000));
const ALL = APART.map(({ name }) => name);

function reading(points: readonly Record<string, unknown>[], options: Record<string, unknown> = {}): Dialogue {
  const [dialogue, ...more] = tcpDevice(points, options).plan(points.map(({ name }) => String(name)));
  if (dialogue === undefined || more.length > 0) throw new Error('not one dialogue');
  return dialogue;
}

/** Gives the bytes in chunks until there is a verdict; at the end no more will come. */
function feed({ answer }: Asked, bytes: Uint8Array, sizes: readonly number[] = []) {
  let end = 0;
  for (const size of sizes) {
    end = Math.min(bytes.length, end + size);
    const verdict = answer(bytes.subarray(0, end), false);
    if (verdict.state !== 'more') return verdict;
  }
  const verdict = answer(bytes, false);
  return verdict.state === 'more' ? answer(bytes, true) : verdict;
}

/** The step after these bytes, however the exchange ends. */
function endOf(dialogue: Dialogue, bytes: Uint8Array, run = 0): Step {
  const step = dialogue.begin(undefined, run);
  if (step.kind !== 'ask') throw new Error('nothing is asked');
  const verdict = step.exchange.judge(bytes, true);
  if (verdict.state === 'more') throw new Error('no verdict at the end');
  const end: ExchangeEnd<unknown> =
    verdict.state === 'done' ? { state: 'answered', result: verdict.result } : { ...verdict, state: 'failed' };
  return step.next(end);
}

const frame = (transaction: number, unit: number, pdu: string) => {
  const body = hex(pdu);
  return Uint8Array.of(transaction >> 8, transaction & 0xff, 0, 0, 0, body.length + 1, unit, ...body);
};
const join = (...frames: readonly Uint8Array[]) => Uint8Array.from(frames.flatMap((each) => [...each]));

describe('a request', () => {
  test('of the example of the standard goes out as it is there, with its number before it', () => {
    const { sent, received } = transcript(`
      >> 15 01 00 00 00 06 FF 04 00 08 00 01   # Messaging Implementation Guide V1.0b, 3.1.3: transaction 1501
      << 15 01 00 00 00 05 FF 04 02 00 0A`);
    const points = [{ name: 'i9', register: 'input', address: 8, type: 'uint16' }];
    const made = asked(reading(points, { unit: 255, anyUnit: true }), 0x1501);
    expect(toHex(made.request)).toBe(toHex(sent[0] ?? hex('')));
    expect(feed(made, received[0] ?? hex(''))).toMatchObject({ state: 'done', samples: [{ point: 'i9', value: 10 }] });
  });

  test('has another number in each run, the same in a look at the same run', () => {
    const dialogue = reading([holding('a', 0)]);
    const numbers = [0, 1, 2, 65_535, 65_536].map((run) => toHex(asked(dialogue, run).request).slice(0, 5));
    expect(numbers).toEqual(['00 00', '00 01', '00 02', 'FF FF', '00 00']);
    expect(asked(dialogue, 7).request).toEqual(asked(dialogue, 7).request);
  });

  test('waits for no silence and for no late answer', () => {
    const { quietBefore, signature } = exchangeOf(reading([holding('a', 0)]));
    expect(quietBefore).toBeUndefined();
    expect(signature).toBeUndefined();
  });

  test('needs the network', () => {
    expect(reading([holding('a', 0)]).needs).toEqual(['network']);
  });
});

describe('an answer', () => {
  const made = () => asked(reading([holding('a', 0)]), 5);
  const right = frame(5, 1, '03 02 12 34');
  const VALUE = { state: 'done', samples: [{ point: 'a', value: 0x1234 }] };

  test.each([
    ['of another transaction', frame(4, 1, '03 02 00 01')],
    ['of another unit', frame(5, 2, '03 02 00 01')],
    ['of another function', frame(5, 1, '04 02 00 01')],
    ['with another amount of data', frame(5, 1, '03 04 00 01 00 02')],
    ['that is an exception of another transaction', frame(4, 1, '83 02')],
    ['that is an exception of another unit', frame(5, 9, '83 0B')],
    ['that confirms an older write', frame(4, 1, '06 00 01 00 03')],
  ])('%s is stepped over and counted, and the right one behind it is taken', (_, other) => {
    expect(made().answer(other, false)).toEqual({ state: 'more' });
    expect(feed(made(), join(other, right))).toMatchObject({ ...VALUE, strays: ['foreign'] });
    expect(feed(made(), other)).toMatchObject({ state: 'failed', answered: false, strays: ['foreign'] });
  });

  test('names what came in its place', () => {
    const codes = [frame(5, 2, '03 02 00 01'), frame(5, 1, '04 02 00 01'), frame(5, 1, '03 04 00 01 00 02')].map(
      (other) => {
        const verdict = feed(made(), other);
        return verdict.state === 'failed' && verdict.fault.code;
      },
    );
    expect(codes).toEqual(['modbus/foreign-unit', 'modbus/wrong-function', 'modbus/wrong-count']);
    const stale = feed(made(), frame(4, 1, '03 02 00 01'));
    expect(stale).toMatchObject({ fault: { code: 'device/silent' }, consequence: 'silent' });
  });

  test('that is cut off is no answer', () => {
    for (let end = 8; end < right.length; end += 1) {
      expect(feed(made(), right.subarray(0, end))).toMatchObject({ fault: { code: 'modbus/truncated' } });
    }
  });

  test('that is our own request is an echo', () => {
    const { request } = made();
    expect(feed(made(), request)).toMatchObject({ fault: { code: 'modbus/echo' }, strays: ['echo'] });
    expect(feed(made(), join(request, right))).toMatchObject({ ...VALUE, strays: ['echo'] });
  });

  test('is found behind the rest of an answer that was given up half-way, also where that looks like a header', () => {
    const late = frame(4, 1, `03 14 ${'00 01 00 00 00 05 01 04 07 00 '.repeat(2)}`);
    for (let from = 1; from < late.length; from += 1) {
      const verdict = feed(made(), join(late.subarray(from), right), [1, 1, 1, 1]);
      expect(verdict).toMatchObject(VALUE);
    }
  });

  const pdu = fc.oneof(
    fc.uint8Array({ minLength: 2, maxLength: 12 }),
    fc
      .tuple(fc.constantFrom(1, 2, 3, 4), fc.uint8Array({ minLength: 2, maxLength: 2 }))
      .map(([code, data]) => Uint8Array.of(code, 2, ...data)),
    fc.tuple(fc.constantFrom(0x81, 0x83, 0x84, 0x86), fc.nat(11)).map((bytes) => Uint8Array.from(bytes)),
  );
  const stale = fc
    .tuple(fc.integer({ min: 0, max: 4 }), fc.constantFrom(1, 2, 255), pdu)
    .map(([transaction, unit, body]) => Uint8Array.of(0, transaction, 0, 0, 0, body.length + 1, unit, ...body));
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 60 });

  test('is never one to an older request, whatever that was and wherever it is cut', () => {
    fc.assert(
      fc.property(fc.array(stale, { minLength: 1, maxLength: 8 }), sizes, (frames, cut) => {
        expect(feed(made(), join(...frames), cut).state).toBe('failed');
      }),
    );
  });

  test('is found behind any answers to older requests, wherever they are cut', () => {
    const whole = fc
      .tuple(
        fc.integer({ min: 0, max: 4 }),
        fc.constantFrom(1, 2, 255),
        fc.constantFrom('03 02 00 01', '83 02', '06 00 01 00 03'),
      )
      .map(([transaction, unit, body]) => frame(transaction, unit, body));
    fc.assert(
      fc.property(fc.array(whole, { maxLength: 8 }), sizes, (frames, cut) => {
        const verdict = feed(made(), join(...frames, right), cut);
        expect(verdict).toMatchObject({ ...VALUE, strays: frames.map(() => 'foreign') });
      }),
    );
  });
});

/** The requests that stand one behind the other. */
function inFrames(bytes: Uint8Array): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += 6 + (bytes[at + 5] ?? 0)) {
    frames.push(bytes.subarray(at, at + 6 + (bytes[at + 5] ?? 0)));
  }
  return frames;
}

describe('several requests in flight', () => {
  const dialogue = reading(APART, { maxInFlight: 4 });
  /** As many requests as one dialogue may have with so many in flight: of run 7. */
  const FIRST = 7 * 12;
  const answers = APART.map((_, index) => frame(FIRST + index, 1, `03 02 00 0${index}`));
  const SAMPLES = APART.map(({ name }, value) => ({ point: name, value }));

  test('are sent back to back, each with its own number', () => {
    expect(toHex(asked(dialogue, 7).request)).toBe(
      APART.map((_, index) =>
        toHex(
          join(frame(FIRST + index, 1, `03 ${toHex(Uint8Array.of((index * 1000) >> 8, (index * 1000) & 0xff))} 00 01`)),
        ),
      ).join(' '),
    );
  });

  test('are a few rounds of what the device allows to a dialogue, so that a command waits no longer', () => {
    const many = Array.from({ length: 40 }, (_, index) => holding(`p${index}`, index * 1000));
    const sizes = (maxInFlight: number) =>
      tcpDevice(many, { maxInFlight })
        .plan(many.map(({ name }) => name))
        .map(({ points }) => points.length);
    expect(sizes(1)).toEqual(many.map(() => 1));
    expect(sizes(3)).toEqual([9, 9, 9, 9, 4]);
    expect(sizes(16)).toEqual([30, 10]);
  });

  test('are never more than the device allows: the next is due as one is answered', () => {
    const number = fc.integer({ min: 1, max: 16 });
    fc.assert(
      fc.property(number, fc.integer({ min: 1, max: 30 }), fc.infiniteStream(fc.nat()), (most, count, picks) => {
        const many = Array.from({ length: count }, (_, index) => holding(`p${index}`, index * 1000));
        for (const dialogue of tcpDevice(many, { maxInFlight: most }).plan(many.map(({ name }) => name))) {
          const { request, further = [], judge } = exchangeOf(dialogue);
          const all = [...inFrames(request), ...further];
          const waiting = inFrames(request);
          expect(all).toHaveLength(dialogue.points.length);
          let [received, sent] = [hex(''), waiting.length];
          while (waiting.length > 0) {
            expect(waiting.length).toBeLessThanOrEqual(most);
            // as many as it may be, as long as there are any
            if (sent < all.length) expect(waiting).toHaveLength(most);
            const pick = picks.next().value % waiting.length;
            const [asked = hex('')] = waiting.splice(pick, 1);
            received = join(received, frame(((asked[0] ?? 0) << 8) | (asked[1] ?? 0), 1, '03 02 00 01'));
            const verdict = judge(received, false);
            // pure
            expect(judge(received, false)).toEqual(verdict);
            if (verdict.state !== 'more') continue;
            const due = verdict.due ?? 0;
            waiting.push(...further.slice(sent - inFrames(request).length, due));
            sent = inFrames(request).length + due;
          }
          expect(judge(received, false)).toMatchObject({ state: 'done', used: received.length, strays: [] });
        }
      }),
    );
  });

  test('of which some are not due yet when the others stay unanswered are split with these', () => {
    const many = Array.from({ length: 5 }, (_, index) => holding(`p${index}`, index * 1000));
    const made = reading(many, { maxInFlight: 2 });
    const end = endOf(made, frame(0, 1, '03 02 00 01'));
    expect(end).toMatchObject({ kind: 'fail', consequence: 'refused', fault: { code: 'device/silent' } });
    const parts = end.kind === 'fail' ? made.split?.(end.fault) : [];
    expect(parts?.map(({ points }) => points)).toEqual([['p0'], ['p1'], ['p2'], ['p3'], ['p4']]);
  });

  test('are answered in any order, cut anywhere', () => {
    const order = fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 });
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 60 });
    fc.assert(
      fc.property(order, sizes, (places, cut) => {
        const bytes = join(...places.flatMap((place) => answers[place] ?? []));
        expect(feed(asked(dialogue, 7), bytes, cut)).toMatchObject({ state: 'done', samples: SAMPLES, strays: [] });
      }),
    );
  });

  test('wait for each other, and no longer than for the last', () => {
    const { answer } = asked(dialogue, 7);
    expect(answer(join(...answers.slice(0, 3)), false)).toEqual({ state: 'more' });
    expect(answer(join(...answers), false).state).toBe('done');
  });

  test('find room behind all answers to a group that was given up', () => {
    const late = APART.map((_, index) => frame(FIRST - 12 + index, 1, `03 FA ${'00 '.repeat(250)}`.trim()));
    const received = join(...late, ...answers);
    expect(asked(dialogue, 7).most).toBeGreaterThanOrEqual(received.length);
    expect(feed(asked(dialogue, 7), received)).toMatchObject({ state: 'done', samples: SAMPLES });
  });

  test('are given the time of all of them, as long as their answers follow each other', () => {
    const { timeout, beginWithin, idle } = asked(dialogue);
    expect([timeout, beginWithin, idle]).toEqual([4000, 1000, 1000]);
    const many = Array.from({ length: 16 }, (_, index) => holding(`p${index}`, index * 1000));
    expect(asked(reading(many, { maxInFlight: 16, timeoutMs: 500 })).timeout).toBe(2000);
    // of more rounds than one as much more, in a span that a bus allows where one round does not need more
    expect(asked(reading(many, { maxInFlight: 8, timeoutMs: 500 })).timeout).toBe(4000);
    expect(asked(reading(many, { maxInFlight: 6, timeoutMs: 1500 })).timeout).toBe(8000);
    expect(asked(reading(many, { maxInFlight: 6, timeoutMs: 3000 })).timeout).toBe(12_000);
  });

  test('of which one is refused are split: the answered ones together, the refused one alone', () => {
    const refusal = frame(FIRST + 1, 1, '83 02');
    const end = endOf(dialogue, join(answers[3] ?? hex(''), refusal, answers[0] ?? hex(''), answers[2] ?? hex('')), 7);
    expect(end).toMatchObject({ kind: 'fail', consequence: 'refused', fault: { code: 'modbus/illegal-address' } });
    const parts = end.kind === 'fail' ? dialogue.split?.(end.fault) : [];
    expect(parts?.map(({ points }) => points)).toEqual([['p0', 'p2', 'p3'], ['p1']]);
  });

  test('of which one is not answered are split in the same way', () => {
    const end = endOf(dialogue, join(...answers.slice(0, 3)), 7);
    expect(end).toMatchObject({ kind: 'fail', consequence: 'refused', fault: { code: 'device/silent' } });
    const parts = end.kind === 'fail' ? dialogue.split?.(end.fault) : [];
    expect(parts?.map(({ points }) => points)).toEqual([['p0', 'p1', 'p2'], ['p3']]);
  });

  test('of which none is answered are silence, and may be too many at once', () => {
    const end = endOf(dialogue, hex(''), 7);
    expect(end).toMatchObject({ kind: 'fail', consequence: 'silent', fault: { code: 'device/silent' } });
    expect(dialogue.split?.(new Fault('device/silent')).map(({ points }) => points)).toEqual(ALL.map((name) => [name]));
  });

  test('whose gateway reaches the device with none of them are silence', () => {
    const end = endOf(dialogue, join(...APART.map((_, index) => frame(FIRST + index, 1, '83 0B'))), 7);
    expect(end).toMatchObject({ kind: 'fail', consequence: 'silent', fault: { code: 'modbus/gateway-target' } });
  });

  test('never hold a write', () => {
    const points = APART.map((each) => ({ ...each, writable: true }));
    const written = tcpDevice(points, { maxInFlight: 16 }).write(new Map(ALL.map((name) => [name, 1])));
    expect(written.map((each) => each.points)).toEqual(ALL.map((name) => [name]));
  });
});

describe('a refusal', () => {
  const dialogue = reading([holding('a', 0), holding('b', 1)]);

  test('is split as its request can be', () => {
    const end = endOf(dialogue, frame(0, 1, '83 02'));
    expect(end).toMatchObject({ kind: 'fail', consequence: 'refused', fault: { code: 'modbus/illegal-address' } });
    expect(dialogue.split?.(new Fault('modbus/illegal-address')).map(({ points }) => points)).toEqual([['a'], ['b']]);
    expect(dialogue.split?.(new Fault('modbus/illegal-function'))).toEqual([]);
  });

  test.each([
    ['0A', 'modbus/gateway-path'],
    ['0B', 'modbus/gateway-target'],
  ])('by a gateway, exception %s, is silence of the device with its own fault: %s', (exception, code) => {
    const end = endOf(dialogue, frame(0, 1, `83 ${exception}`));
    expect(end).toMatchObject({ kind: 'fail', consequence: 'silent', fault: { code } });
  });

  test('by a gateway leaves open whether a write was done', () => {
    const [write] = tcpDevice([holding('a', 0, { writable: true })]).write(new Map([['a', 3]]));
    if (write === undefined) throw new Error('nothing is written');
    expect(endOf(write, frame(0, 1, '86 0B'))).toMatchObject({ kind: 'fail', consequence: 'may-have-acted' });
    expect(endOf(write, frame(0, 1, '86 02'))).toMatchObject({ kind: 'fail', consequence: 'refused' });
  });
});

describe('a write', () => {
  const [write] = tcpDevice([holding('a', 1, { writable: true })]).write(new Map([['a', 3]]));

  test('acts, and is confirmed by its own transaction alone', () => {
    const step = write?.begin(undefined, 9);
    expect(step).toMatchObject({ kind: 'ask', acts: true });
    const made = asked(write, 9);
    expect(feed(made, frame(9, 1, '06 00 01 00 03'))).toMatchObject({ state: 'done', samples: [] });
    // the frame went out half before the connection broke, and is confirmed on the next one
    expect(feed(made, frame(8, 1, '06 00 01 00 03'))).toMatchObject({ state: 'failed', answered: false });
    expect(feed(made, frame(9, 1, '06 00 01 00 04'))).toMatchObject({ fault: { code: 'modbus/wrong-confirmation' } });
  });
});
