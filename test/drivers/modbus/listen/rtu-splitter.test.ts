import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dataPdu, exceptionPdu } from '../../../../drivers/modbus/answer.ts';
import { type OverheardExchange, Pairing } from '../../../../drivers/modbus/listen/pairing.ts';
import { RtuSplitter } from '../../../../drivers/modbus/listen/rtu-splitter.ts';
import { type Request, requestPdu } from '../../../../drivers/modbus/request.ts';
import { seal } from '../../../../drivers/modbus/rtu/frame.ts';

const CHARACTER = 0.086;

function listener() {
  const heard: OverheardExchange[] = [];
  const frames: string[] = [];
  const damages: string[] = [];
  const pairing = new Pairing((exchange) => heard.push(exchange), CHARACTER);
  const splitter = new RtuSplitter({
    frame(frame) {
      frames.push(`${frame.role} ${frame.unit} ${frame.pdu[0]}`);
      pairing.frame(frame);
    },
    damage(damage) {
      damages.push(`${damage.kind} ${damage.unit ?? '-'} ${damage.function ?? '-'} ${damage.bytes.length}`);
      pairing.damage(damage);
    },
  });
  return { heard, frames, damages, pairing, splitter };
}

const read = (unit: number, address: number, count: number, code: 3 | 4 = 3) =>
  seal(unit, requestPdu({ function: code, address, count }));
const answer = (unit: number, count: number, fill = 0x55) =>
  seal(unit, dataPdu({ function: 3, address: 0, count }, new Uint8Array(count * 2).fill(fill)));

describe('a splitter of Modbus RTU', () => {
  it('decodes an answer of 255 bytes that comes in portions every 16 ms', () => {
    const { heard, damages, splitter } = listener();
    splitter.push(read(1, 0, 125), 0);
    const whole = answer(1, 125);
    expect(whole.length).toBe(255);
    let at = 10;
    for (let from = 0; from < whole.length; from += 16) {
      at += 16;
      splitter.push(whole.subarray(from, from + 16), at);
    }
    expect(heard).toMatchObject([{ unit: 1, function: 3, outcome: 'answered' }]);
    expect(heard[0]?.data).toHaveLength(250);
    expect(damages).toEqual([]);
  });

  it('decodes several frames that come in one portion', () => {
    const { heard, splitter } = listener();
    splitter.push(
      Buffer.concat([read(1, 0, 2), answer(1, 2), read(2, 0, 1), seal(2, exceptionPdu(3, 2)), read(3, 0, 1)]),
      5,
    );
    splitter.push(read(4, 0, 1), 900);
    expect(heard.map(({ unit, outcome }) => [unit, outcome])).toEqual([
      [1, 'answered'],
      [2, 'refused'],
      [3, 'unanswered'],
    ]);
    expect(heard[1]?.exception).toBe(2);
  });

  it('measures the answer from the last byte of the request to its own first', () => {
    const { heard, splitter } = listener();
    splitter.push(read(1, 0, 1), 100);
    splitter.push(answer(1, 1), 120);
    expect(heard[0]?.responseMs).toBeCloseTo(20 - 6 * CHARACTER, 6);
  });

  it('tells a confirmation from its request, and a second request from a confirmation', () => {
    const { frames, heard, splitter } = listener();
    const write: Request = { function: 6, address: 7, registers: Uint8Array.of(0, 1) };
    const other: Request = { function: 6, address: 8, registers: Uint8Array.of(0, 1) };
    for (const request of [write, write, write, other, other]) splitter.push(seal(1, requestPdu(request)), 0);
    expect(frames).toEqual(['request 1 6', 'answer 1 6', 'request 1 6', 'request 1 6', 'answer 1 6']);
    expect(heard.map(({ outcome }) => outcome)).toEqual(['answered', 'unanswered', 'answered']);
  });

  it('names the unit of a damaged answer, and goes on with the next request at once', () => {
    const { heard, damages, splitter } = listener();
    const broken = answer(1, 20);
    broken[10] = 0;
    splitter.push(read(1, 0, 20), 0);
    splitter.push(broken, 10);
    splitter.push(read(2, 0, 1), 40);
    splitter.push(answer(2, 1), 50);
    expect(damages).toEqual(['checksum 1 3 45']);
    expect(heard.map(({ unit, outcome }) => [unit, outcome])).toEqual([
      [1, 'damaged'],
      [2, 'answered'],
    ]);
  });

  it('does not wait for the rest of an answer that was cut short', () => {
    const { heard, damages, splitter } = listener();
    splitter.push(read(1, 0, 100), 0);
    splitter.push(answer(1, 100).subarray(0, 50), 10);
    splitter.idle();
    splitter.push(read(2, 0, 1), 400);
    splitter.push(answer(2, 1), 420);
    expect(damages).toEqual(['truncated 1 3 50']);
    expect(heard.map(({ unit, outcome }) => [unit, outcome])).toEqual([
      [1, 'damaged'],
      [2, 'answered'],
    ]);
  });

  it('begins in the middle of a line', () => {
    const { heard, frames, splitter } = listener();
    splitter.push(answer(1, 100).subarray(40), 0);
    splitter.push(read(2, 0, 1), 10);
    splitter.push(answer(2, 1), 20);
    expect(frames).toEqual(['request 2 3', 'answer 2 3']);
    expect(heard).toMatchObject([{ unit: 2, outcome: 'answered' }]);
  });

  it('counts an answer that nobody asked for, and keeps the question open', () => {
    const { heard, splitter } = listener();
    splitter.push(read(1, 0, 1), 0);
    splitter.push(answer(9, 1), 5);
    splitter.push(answer(1, 1), 20);
    expect(heard.map(({ unit, outcome }) => [unit, outcome])).toEqual([
      [9, 'unasked'],
      [1, 'answered'],
    ]);
  });

  it('knows a question what a device is, and its answer', () => {
    const { frames, damages, splitter } = listener();
    splitter.push(seal(5, Uint8Array.of(0x2b, 0x0e, 1, 0)), 0);
    splitter.push(seal(5, Uint8Array.of(0x2b, 0x0e, 1, 1, 0, 0, 1, 0, 3, 65, 66, 67)), 20);
    splitter.push(read(1, 0, 1), 40);
    expect(frames).toEqual(['request 5 43', 'answer 5 43', 'request 1 3']);
    expect(damages).toEqual([]);
  });

  it('hears a broadcast, which nobody answers', () => {
    const { heard, splitter } = listener();
    splitter.push(seal(0, requestPdu({ function: 6, address: 1, registers: Uint8Array.of(0, 1) })), 0);
    expect(heard).toMatchObject([{ unit: 0, outcome: 'broadcast' }]);
  });

  it('gives the same exchanges however the bytes are cut', () => {
    const exchange = fc.tuple(
      fc.integer({ min: 1, max: 247 }),
      fc.integer({ min: 0, max: 65_000 }),
      fc.integer({ min: 1, max: 125 }),
      fc.integer({ min: 0, max: 255 }),
    );
    fc.assert(
      fc.property(
        fc.array(exchange, { minLength: 1, maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 40 }),
        (all, cuts) => {
          const wire = Buffer.concat(
            all.flatMap(([unit, address, count, fill]) => [read(unit, address, count), answer(unit, count, fill)]),
          );
          const { heard, damages, splitter } = listener();
          let at = 0;
          for (let from = 0; from < wire.length; ) {
            const size = cuts[at % cuts.length] ?? 1;
            splitter.push(wire.subarray(from, from + size), at);
            from += size;
            at += 1;
          }
          expect(heard.map(({ unit, outcome }) => [unit, outcome])).toEqual(all.map(([unit]) => [unit, 'answered']));
          expect(damages).toEqual([]);
        },
      ),
    );
  });

  it('tells every byte once, as frame or as damage, and never throws', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.uint8Array({ maxLength: 600 }), fc.constant(read(1, 0, 2)), fc.constant(answer(1, 2))), {
          maxLength: 12,
        }),
        (chunks) => {
          let told = 0;
          const splitter = new RtuSplitter({
            frame({ frame }) {
              told += frame.length;
            },
            damage({ bytes }) {
              told += bytes.length;
            },
          });
          for (const [at, chunk] of chunks.entries()) splitter.push(chunk, at);
          splitter.idle();
          expect(told).toBe(chunks.reduce((sum, { length }) => sum + length, 0));
        },
      ),
    );
  });
});
