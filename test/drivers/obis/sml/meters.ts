import type { Schema, StreamDevice } from '../../../../drivers/contract/driver.ts';
import type { Sample, Value } from '../../../../drivers/contract/reading.ts';
import { driver } from '../../../../drivers/obis/sml/driver.ts';

export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replace(/\s/g, ''), 'hex'));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** A meter as the config would make it. */
export function meter(options: unknown = {}, points: readonly unknown[] = []): StreamDevice {
  const device = driver.create({
    options: parse(driver.options, options),
    points: points.map((point) => parse(driver.point, point)),
    line: { baudRate: 10_000, characterMs: 1 },
  });
  if (device.kind !== 'stream') throw new Error('a meter talks by itself');
  return device;
}

/** The result of a stream: the samples of each good telegram, and the fault codes of the others. */
export function hearMeter(chunks: Iterable<Uint8Array>, options: unknown = {}, points: readonly unknown[] = []) {
  const device = meter(options, points);
  const framer = device.framer();
  const telegrams: (readonly Sample[])[] = [];
  const faults: string[] = [];
  for (const chunk of chunks) {
    framer.push(chunk, (frame) => {
      const decoded = device.decode(frame);
      if ('fault' in decoded) faults.push(decoded.fault.code);
      else telegrams.push(decoded.samples);
    });
  }
  return { telegrams, faults };
}

export function valuesOf(samples: readonly Sample[]): Record<string, Value> {
  return Object.fromEntries(samples.map(({ point, value }) => [point, value]));
}

/** The values of one telegram, or the fault's code. */
export function read(telegram: Uint8Array, options: unknown = {}, points: readonly unknown[] = []) {
  const { telegrams, faults } = hearMeter([telegram], options, points);
  const [samples] = telegrams;
  return samples === undefined ? faults[0] : valuesOf(samples);
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
