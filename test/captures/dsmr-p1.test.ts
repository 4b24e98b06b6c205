import { describe, expect, test } from 'vitest';
import type { Value } from '../../drivers/contract/reading.ts';
import { hear, type MeterSetup, meter } from '../drivers/obis/p1/meter.ts';
import { type CapturedFrame, type CapturedValue, cutsOf, describeCaptures, framesOf } from './captures.ts';

/** A point for each value, and one for the time of each reading of a meter behind the meter. */
function setupOf(frame: CapturedFrame): MeterSetup {
  const { encryptionKey, authenticationKey } = frame.keys;
  return {
    options: encryptionKey === undefined ? {} : { keyFile: 'key', authenticationKeyFile: 'authentication' },
    secrets:
      encryptionKey === undefined ? {} : { keyFile: encryptionKey, authenticationKeyFile: authenticationKey ?? '' },
    points: frame.values.flatMap(({ key, at }, index) => [
      { name: `value-${index}`, obis: key },
      ...(at === undefined ? [] : [{ name: `time-${index}`, obis: key, index: 0, type: 'text' }]),
    ]),
  };
}

/** As sent, or by value; a time in UTC where the meter says S or W, else its own. */
function agrees({ value, raw = '' }: CapturedValue, got: Value | undefined): boolean {
  if (got === undefined) return false;
  if (value === null) return got === null;
  if (Array.isArray(value)) return got === raw;
  return typeof got === 'number' ? got === Number(value) : got === value || raw === `(${got})`;
}

describeCaptures('dsmr', (captures) => {
  const frames = framesOf(captures);

  test.each(frames.filter(({ ok }) => ok === true))('$name gives all its values, however it is cut', (frame) => {
    const setup = setupOf(frame);
    for (const chunks of cutsOf(frame.bytes)) {
      const { samples, decoded } = hear(meter(setup), chunks);
      const values = new Map(samples.map(({ point, value }) => [point, value]));
      expect(samples).toHaveLength(values.size);
      expect(decoded.filter((each) => 'samples' in each)).toHaveLength(1);
      frame.values.forEach((value, index) => {
        expect(agrees(value, values.get(`value-${index}`)), `${value.key} ${values.get(`value-${index}`)}`).toBe(true);
        const time = values.get(`time-${index}`);
        if (value.at !== undefined && String(time).endsWith('Z')) expect(time).toBe(value.at);
        if (value.at !== undefined) expect(time).not.toBeNull();
      });
      const isVouched = (frame.document.check as { valid: boolean | null }).valid === true;
      expect(samples.every(({ doubtful }) => doubtful === (isVouched ? undefined : true))).toBe(true);
    }
  });

  describe('of frames that are refused', () => {
    test.each(frames.filter(({ ok }) => ok === false))('$name gives none: $why', (frame) => {
      const { points, ...setup } = setupOf({ ...frame, values: frames.flatMap(({ values }) => values) });
      const codes = [...new Map((points ?? []).map((entry) => [`${entry.obis} ${entry.index}`, entry])).values()];
      for (const chunks of cutsOf(frame.bytes)) {
        expect(hear(meter({ ...setup, points: codes }), chunks).samples).toEqual([]);
        expect(hear(meter(setup), chunks).samples).toEqual([]);
      }
    });
  });
});
