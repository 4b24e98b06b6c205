import type { Device, PollDevice, Schema, StreamDevice } from '../../../drivers/contract/driver.ts';
import type { Value } from '../../../drivers/contract/reading.ts';
import { driver } from '../../../drivers/lines/driver.ts';
import { type Asked, asked as flat } from '../../support/dialogue.ts';

/** Bytes as a wire carries them: one for each character up to U+00FF. */
export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** A device as the config would make it. */
export function deviceOf(options: unknown, points: readonly unknown[] = []): Device {
  return driver.create({
    options: parse(driver.options, options),
    points: points.map((point) => parse(driver.point, point)),
    line: { baudRate: 10_000, characterMs: 1 },
  });
}

export function talking(options: unknown, points: readonly unknown[] = []): StreamDevice {
  const device = deviceOf(options, points);
  if (device.kind !== 'stream') throw new Error('expected a device that talks by itself');
  return device;
}

export function asked(options: unknown, points: readonly unknown[] = []): PollDevice {
  const device = deviceOf(options, points);
  if (device.kind !== 'poll') throw new Error('expected a device that is asked');
  return device;
}

export function onlyExchange(device: PollDevice, names = device.points.map(({ name }) => name)): Asked {
  const [dialogue, ...more] = device.plan(names);
  if (more.length > 0) throw new Error('expected one dialogue');
  return flat(dialogue);
}

/** The values of one line, or the fault's code. */
export function read(device: StreamDevice, line: string): Record<string, Value> | string {
  const decoded = device.decode(bytesOf(line));
  if ('fault' in decoded) return decoded.fault.code;
  return Object.fromEntries(decoded.samples.map(({ point, value }) => [point, value]));
}

export function messagesOf(schema: Schema<unknown>, value: unknown): readonly string[] {
  const result = schema.safeParse(value);
  return result.success ? [] : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

function parse<T>(schema: Schema<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (!result.success) throw new Error(JSON.stringify(result.error.issues));
  return result.data;
}
