import type { Dialogue } from '../../../drivers/contract/dialogue.ts';
import type { LineTiming } from '../../../drivers/contract/port.ts';
import type { Sample } from '../../../drivers/contract/reading.ts';
import { driver } from '../../../drivers/mbus/driver.ts';
import { LONG_START, longFrame } from '../../../drivers/mbus/link/frame.ts';
import { type DataRecord, readRecords } from '../../../drivers/mbus/record/records.ts';
import { createDevice } from '../../../drivers/registry/loader.ts';
import { numberOf } from '../../../drivers/schema/decimal.ts';
import { hex } from '../../support/transcript.ts';
import type { Conversation } from './conversation.ts';

/** A line of 8E1 at this speed. */
export function lineAt(baudRate: number): LineTiming {
  return { baudRate, characterMs: 11_000 / baudRate };
}

export const LINE = lineAt(2400);

type Named = Readonly<Record<string, unknown>>;

/** The one dialogue that reads all points. */
export function readoutOf(options: Named, points: readonly Named[] = [], line = LINE): Dialogue {
  const device = createDevice(driver, { options, points, line });
  if (device.kind !== 'poll') throw new Error('the device is not asked');
  const [dialogue, ...more] = device.plan(device.points.map(({ name }) => name));
  if (dialogue === undefined || more.length > 0) throw new Error('the points are not one dialogue');
  return dialogue;
}

/** Address 5, a header, and these records. */
export function telegram(records: string, header = '01 30 08 24 E4 1A 01 04 01 00 00 00', address = 5): Uint8Array {
  return longFrame([0x08, address, 0x72, ...hex(header), ...hex(records)]);
}

/** A frame of user data from the control information on. */
export function userFrame(data: string, address = 5): Uint8Array {
  return longFrame([0x08, address, ...hex(data)]);
}

export function recordsOf(bytes: string, isReversed = false): readonly DataRecord[] | undefined {
  return readRecords(hex(bytes), 0, isReversed)?.records;
}

/** The only record of the bytes, in short: quantity, value, unit, and in which way it is no plain value. */
export function shown(bytes: string): string {
  const [record, ...more] = recordsOf(bytes) ?? [];
  if (record === undefined || more.length > 0) return 'refused';
  const { value, unit, qualifiers, quantity } = record;
  const held = value.kind === 'number' ? numberOf(value.number) : value.kind === 'text' ? `"${value.text}"` : 'null';
  return [quantity, held, unit ?? '', ...qualifiers].filter((part) => part !== '').join(' ');
}

export function samplesOf({ last }: Conversation): readonly Sample[] {
  if (last.kind === 'fail') throw new Error(`the readout failed: ${last.fault.code}`);
  return last.samples;
}

export function valuesOf(conversation: Conversation): Named {
  return Object.fromEntries(samplesOf(conversation).map(({ point, value }) => [point, value]));
}

export function failureOf({ last }: Conversation): string {
  return last.kind === 'fail' ? `${last.fault.code} ${last.consequence}` : 'none';
}

export function isLong(bytes: Uint8Array): boolean {
  return bytes[0] === LONG_START;
}
