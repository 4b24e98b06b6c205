import { describe, expect, it } from 'vitest';
import { requestFrame } from '../../drivers/mbus/link/frame.ts';
import { scanForAck, scanForData } from '../../drivers/mbus/link/scan.ts';
import { manufacturerText, mediumText } from '../../drivers/mbus/record/header.ts';
import type { DataRecord } from '../../drivers/mbus/record/records.ts';
import { readTelegram, type Telegram } from '../../drivers/mbus/record/telegram.ts';
import { numberOf } from '../../drivers/schema/decimal.ts';
import { type CapturedFrame, type CapturedValue, cutsOf, describeCaptures, framesOf } from './captures.ts';

/** Normalised values of the oracle have six decimals. */
const TOLERANCE = 1e-6;

/** A date of every year, of which the oracle makes one of the year 2027. */
const EVERY_YEAR = new Map([['landis_gyr_ultraheat_t230#0/record/32', '--01-01T00:00:00']]);

/**
 * Records of which the oracle overlooks that a code behind the unit makes them a date (EN 13757-3, `E110 1f1b`): it gives
 * the date's bits as a power, a flow and 41 million °C.
 */
const OVERLOOKED: ReadonlySet<string> = new Set(
  [19, 20, 21, 22].map((record) => `landis_gyr_ultraheat_t230#0/record/${record}`),
);

/** A driver's reading of the bytes after its request: as they come, chunk by chunk. */
function heardOf(chunks: readonly Uint8Array[], address: number): Telegram | string {
  const request = requestFrame(address, 1);
  let received = new Uint8Array(0);
  for (const [index, chunk] of [...chunks, new Uint8Array(0)].entries()) {
    received = Uint8Array.from([...received, ...chunk]);
    const scanned = scanForData(received, index === chunks.length, request, address);
    if (scanned.state === 'found') {
      const reading = readTelegram(received.subarray(scanned.at + 6, scanned.end - 2), 0);
      return 'telegram' in reading ? reading.telegram : reading.code;
    }
    if (scanned.state === 'none') return scanned.acknowledged ? 'acknowledged' : 'none';
  }
  throw new Error('the end of the bytes is no verdict');
}

/** The oracle writes units in ASCII, and names no unit where the meter's own words stand for one. */
function unitOf(record: DataRecord): string | null {
  return record.unit === undefined || record.quantity === 'plain-text' ? null : record.unit.replace('³', '^3');
}

/** A block of one byte stands in the captures as a number too. */
function sentOf({ raw }: CapturedValue): unknown {
  return (raw as unknown as { readonly value: unknown } | undefined)?.value;
}

function expectValue(telegram: Telegram, frame: string, expected: CapturedValue): void {
  const [group, number] = (expected.key ?? '').split('/');
  if (group !== 'record') return;
  const record = telegram.records[Number(number)];
  if (record === undefined) throw new Error(`no record for ${expected.key}`);
  expect(record.index).toBe(Number(number));
  if (OVERLOOKED.has(`${frame}/record/${number}`)) {
    expect(record).toMatchObject({ quantity: 'date-time', value: { kind: 'text' } });
    return;
  }
  if (expected.value === null) expect(record.value).toEqual({ kind: 'none' });
  else if (expected.function === 'Manufacturer specific')
    expect(record.value).toEqual({ kind: 'text', text: sentOf(expected) });
  else if (typeof expected.value === 'number') {
    if (record.value.kind !== 'number') throw new Error(`no number for ${expected.key}`);
    expect(Math.abs(numberOf(record.value.number) - expected.value), expected.key ?? '').toBeLessThanOrEqual(TOLERANCE);
  } else
    expect(record.value, expected.key ?? '').toEqual({
      kind: 'text',
      text: EVERY_YEAR.get(`${frame}/record/${number}`) ?? expected.value,
    });
  if (expected.unit !== undefined && expected.value !== null)
    expect(unitOf(record), expected.key ?? '').toBe(expected.unit);
  if (typeof expected.storage === 'number') expect(record.storage).toBe(expected.storage);
  if (typeof expected.tariff === 'number') expect(record.tariff).toBe(expected.tariff);
  if (typeof expected.device === 'number') expect(record.subunit).toBe(expected.device);
  const functions: Readonly<Record<string, string>> = {
    'Instantaneous value': 'instantaneous',
    'Maximum value': 'maximum',
    'Minimum value': 'minimum',
    'Value during error state': 'error',
  };
  const named = functions[String(expected.function)];
  if (named !== undefined) expect(record.function).toBe(named);
}

function expectHeader({ header }: Telegram, values: readonly CapturedValue[]): void {
  const slave = new Map(values.map(({ key, value }) => [key, value]));
  const told = (key: string, value: unknown) => {
    if (slave.has(`slave/${key}`)) expect(value, key).toBe(slave.get(`slave/${key}`));
  };
  told('Id', header.id?.replace(/^0+(?=.)/, ''));
  told('Manufacturer', manufacturerText(header.manufacturerCode ?? 0));
  told('Version', String(header.version));
  told('AccessNumber', String(header.access));
  told('Status', header.status?.toString(16).toUpperCase().padStart(2, '0'));
  expect(mediumText(header.medium ?? 0)).not.toBe('');
}

/** The address that the answer comes from: behind noise and echo it is that of the capture. */
function addressOf({ bytes }: CapturedFrame): number {
  for (let at = 0; at + 5 < bytes.length; at += 1) {
    if (bytes[at] === 0x68 && bytes[at + 3] === 0x68 && bytes[at + 1] === bytes[at + 2]) return bytes[at + 5] ?? 254;
  }
  return 254;
}

describeCaptures('mbus', (captures) => {
  const frames = framesOf(captures);
  const good = frames.filter(({ ok, values }) => ok === true && values.length > 0);
  const refused = frames.filter(({ ok }) => ok === false);

  it('has good frames and refused ones', () => {
    expect(good.length).toBeGreaterThan(0);
    expect(refused.length).toBeGreaterThan(0);
  });

  describe.each(good.map((frame) => ({ name: frame.name, frame })))('$name', ({ frame }) => {
    it('gives every value, however it is cut', () => {
      const address = addressOf(frame);
      const whole = heardOf([frame.bytes], address);
      if (typeof whole === 'string') throw new Error(`refused: ${whole}`);
      for (const value of frame.values) expectValue(whole, frame.name, value);
      expectHeader(whole, frame.values);
      if (frame.document.moreTelegrams === true) expect(whole.more).toBe(true);
      for (const cut of cutsOf(frame.bytes)) expect(heardOf(cut, address)).toEqual(whole);
    });
  });

  it.each(refused.map((frame) => ({ name: `${frame.name}: ${frame.why}`, frame })))(
    '$name gives no value',
    ({ frame }) => {
      for (const address of [addressOf(frame), 254]) {
        for (const cut of cutsOf(frame.bytes)) expect(typeof heardOf(cut, address)).toBe('string');
      }
    },
  );

  it('hears the acknowledgement', () => {
    const acks = frames.filter(({ document }) => document.class === 'ack');
    expect(acks.length).toBeGreaterThan(0);
    for (const { bytes } of acks) expect(scanForAck(bytes, false, requestFrame(1, 1)).state).toBe('found');
  });
});
