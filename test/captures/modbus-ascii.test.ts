import { expect, test } from 'vitest';
import type { Value } from '../../drivers/contract/reading.ts';
import { readFrame, writeFrame } from '../../drivers/modbus/ascii/frame.ts';
import { asciiDevice } from '../drivers/modbus/support.ts';
import { asked } from '../support/dialogue.ts';
import { hex } from '../support/transcript.ts';
import { type CapturedFrame, cutsOf, describeCaptures, framesOf } from './captures.ts';

/** Small digits: the driver takes them. */
const isTaken = ({ ok, values }: CapturedFrame) => ok === true || (ok === null && values.length > 0);

/** Unit and PDU as the capture names them; of streams with noise the frame is the last thing in them. */
function inside({ bytes, document }: CapturedFrame): { readonly unit: number; readonly pdu: Uint8Array } {
  const { unit, pdu } = document;
  if (typeof unit === 'number' && typeof pdu === 'string') return { unit, pdu: hex(pdu) };
  const framed = readFrame(bytes, bytes.lastIndexOf(0x3a));
  const [read = 1, ...rest] = framed.kind === 'frame' ? framed.bytes : [1, 3, 6];
  return { unit: read, pdu: Uint8Array.from(rest) };
}

/** A device that asks for what the frame answers: every bit or register from its first value on. */
function question(frame: CapturedFrame, fallback: CapturedFrame | undefined) {
  const { unit, pdu } = inside(frame);
  const code = (pdu[0] ?? 3) & 0x7f;
  const isBits = code <= 2;
  const values = frame.values.length > 0 ? frame.values : (fallback?.values ?? []);
  const first = Number(String(values[0]?.key ?? 'register/0').split('/')[1]);
  const count = pdu[1] !== undefined && (pdu[0] ?? 0) < 0x80 ? pdu[1] * (isBits ? 8 : 0.5) : 3;
  const register = { 1: 'coil', 2: 'discrete', 3: 'holding', 4: 'input' }[code];
  const points = Array.from({ length: Math.max(1, count) }, (_, index) => ({
    ...{ name: `p${first + index}`, register, address: first + index, type: isBits ? 'bool' : 'uint16' },
  }));
  const made = asciiDevice(points, { unit, anyUnit: true });
  return asked(made.plan(points.map(({ name }) => name))[0]);
}

describeCaptures('modbus-ascii', (captures) => {
  const frames = framesOf(captures);
  const reads = frames.filter(({ values, ok }) => ok !== true || values.length > 0);
  const good = frames.find(({ values }) => values.length > 0);

  test.each(reads)('$name: $why', (frame) => {
    const exchange = question(frame, good);
    for (const chunks of cutsOf(frame.bytes)) {
      let received = new Uint8Array(0);
      let verdict = exchange.answer(received, false);
      for (const chunk of chunks) {
        received = Uint8Array.from([...received, ...chunk]);
        if (verdict.state === 'more') verdict = exchange.answer(received, false);
      }
      if (verdict.state === 'more') verdict = exchange.answer(received, true);
      expect(verdict.state).toBe(isTaken(frame) ? 'done' : 'failed');
      if (verdict.state !== 'done') continue;
      const read = new Map<string, Value>(verdict.samples.map(({ point, value }) => [point, value]));
      for (const { key, value } of frame.values) {
        expect(Number(read.get(`p${String(key).split('/')[1]}`)), String(key)).toBe(value);
      }
    }
  });

  const sent = captures.flatMap((capture) => capture.frames.filter(({ dir }) => dir === 'tx'));

  test.each(sent)('$name: is what we send: $why', (frame) => {
    const { unit, pdu } = inside(frame);
    expect(writeFrame(unit, pdu)).toEqual(frame.bytes);
  });

  const confirmed = frames.filter(({ values, ok }) => ok === true && values.length === 0);

  test.each(confirmed)('$name: is read whole: $why', (frame) => {
    const { unit, pdu } = inside(frame);
    expect(readFrame(frame.bytes, 0)).toMatchObject({ kind: 'frame', bytes: Uint8Array.of(unit, ...pdu) });
  });
});
