import { readdirSync, readFileSync } from 'node:fs';
import type { Decoded, Schema, StreamDevice } from '../../../drivers/contract/driver.ts';
import type { Sample, Value } from '../../../drivers/contract/reading.ts';
import { driver } from '../../../drivers/nmea0183/driver.ts';

const FOLDER = new URL('../../data/nmea0183/', import.meta.url);

export const LOGS: readonly string[] = readdirSync(FOLDER).filter((name) => name.endsWith('.log'));

/** The sentences of a recorded log, without the notes about it. */
export function sentencesOf(log: string): readonly string[] {
  const lines = readFileSync(new URL(log, FOLDER), 'utf8').split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}

/** A receiver as the config would make it. */
export function receiver(options: unknown = {}, points: readonly unknown[] = []): StreamDevice {
  const device = driver.create({
    options: parse(driver.options, options),
    points: points.map((point) => parse(driver.point, point)),
    line: { baudRate: 10_000, characterMs: 1 },
  });
  if (device.kind !== 'stream') throw new Error('a receiver talks by itself');
  return device;
}

function parse<T>(schema: Schema<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (!result.success) throw new Error(JSON.stringify(result.error.issues));
  return result.data;
}

export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** A sentence with its checksum, written as the standard says and not with the driver's own code. */
export function withChecksum(body: string): string {
  const sum = [...body].reduce((xor, character) => xor ^ character.charCodeAt(0), 0);
  return `$${body}*${sum.toString(16).toUpperCase().padStart(2, '0')}`;
}

export function samplesOf(decoded: Decoded): readonly Sample[] {
  if ('fault' in decoded) throw decoded.fault;
  return decoded.samples;
}

export function valuesOf(decoded: Decoded): Record<string, Value> {
  return Object.fromEntries(samplesOf(decoded).map(({ point, value }) => [point, value]));
}

/** The values of one sentence, given without `$` and checksum. */
export function decode(body: string, device: StreamDevice = receiver()): Record<string, Value> {
  return valuesOf(device.decode(bytesOf(withChecksum(body))));
}

/** The fault code of one sentence, given without `$` and checksum. */
export function faultOf(body: string, device: StreamDevice = receiver()): string | undefined {
  const decoded = device.decode(bytesOf(withChecksum(body)));
  return 'fault' in decoded ? decoded.fault.code : undefined;
}
