import { expect, test } from 'vitest';
import type { Sample } from '../../drivers/contract/reading.ts';
import { TelegramFramer } from '../../drivers/obis/sml/framer.ts';
import { unwrap } from '../../drivers/obis/sml/transport.ts';
import { hearMeter, toHex } from '../drivers/obis/sml/meters.ts';
import { type CapturedFrame, cutsOf, describeCaptures, framesOf } from './captures.ts';

/** Captures may name energies in kilo where the telegram does not. */
const KILO = /^k(?:Wh|W|varh|var|VA|VAh)$/;

const nameOf = (place: number) => `v${place}`;

/** Every value of a captured frame as a point of its own, by its code. */
function pointsOf({ values }: CapturedFrame) {
  return values.flatMap(({ key, value, unit }, place) => {
    if (key === null) return [];
    const scale = typeof unit === 'string' && KILO.test(unit) ? { scale: 0.001 } : {};
    return [{ name: nameOf(place), obis: key, ...(typeof value === 'string' ? { type: 'text' } : scale) }];
  });
}

function isRight(sample: Sample | undefined, wanted: unknown): boolean {
  if (typeof wanted !== 'number') return sample?.value === wanted;
  return typeof sample?.value === 'number' && Math.abs(sample.value - wanted) <= Math.abs(wanted) * Number.EPSILON;
}

/** Of streams the number of good telegrams; of all other good frames one. */
function countOf({ document, ok }: CapturedFrame): number {
  return ok !== true ? 0 : typeof document.count === 'number' ? document.count : 1;
}

describeCaptures('sml', (captures) => {
  const frames = framesOf(captures);
  const isTransport = ({ document }: CapturedFrame) => Array.isArray(document.payloads);

  test.each(frames.filter(isTransport))('$name: its payloads come out of the transport, at any cut', (frame) => {
    for (const chunks of cutsOf(frame.bytes)) {
      const framer = new TelegramFramer();
      const payloads: string[] = [];
      for (const chunk of chunks) {
        framer.push(chunk, (telegram) => {
          const unwrapped = unwrap(telegram);
          if (unwrapped.kind === 'whole' && unwrapped.checksum !== undefined) payloads.push(toHex(unwrapped.payload));
        });
      }
      expect(payloads).toEqual(frame.document.payloads);
    }
  });

  const messages = frames.filter((frame) => !isTransport(frame) && frame.ok !== null);

  test.each(messages)('$name: every value of a good telegram and none of another, at any cut', (frame) => {
    for (const chunks of cutsOf(frame.bytes)) {
      const { telegrams } = hearMeter(chunks, {}, pointsOf(frame));
      expect(telegrams).toHaveLength(countOf(frame));
      for (const samples of telegrams) {
        for (const [place, { key, value }] of frame.values.entries()) {
          if (key === null) continue;
          const sample = samples.find(({ point }) => point === nameOf(place));
          expect(isRight(sample, value), `${key}: ${String(sample?.value)}`).toBe(true);
        }
      }
      // and the usual points come too
      const usual = hearMeter(chunks);
      expect(usual.telegrams).toHaveLength(countOf(frame));
      expect(usual.telegrams.every((samples) => samples.length > 0)).toBe(true);
    }
  });
});
