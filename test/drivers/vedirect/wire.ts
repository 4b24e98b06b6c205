import type { Schema, StreamDevice } from '../../../drivers/contract/driver.ts';
import type { Value } from '../../../drivers/contract/reading.ts';
import { driver } from '../../../drivers/vedirect/driver.ts';

/** A device as the config would make it. */
export function device(options: unknown = {}, points: readonly unknown[] = []): StreamDevice {
  const made = driver.create({
    options: parse(driver.options, options),
    points: points.map((point) => parse(driver.point, point)),
    line: { baudRate: 19_200, characterMs: 10_000 / 19_200 },
  });
  if (made.kind !== 'stream') throw new Error('it talks by itself');
  return made;
}

function parse<T>(schema: Schema<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (!result.success) throw new Error(JSON.stringify(result.error.issues));
  return result.data;
}

export function problems(schema: Schema<unknown>, value: unknown): readonly string[] {
  const result = schema.safeParse(value);
  return result.success ? [] : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function joined(...parts: readonly (string | Uint8Array)[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...(typeof part === 'string' ? bytesOf(part) : part)]));
}

/** Text fields and a check byte, by the protocol's rule and not with the driver's own code. */
export function block(fields: string, end = '\r\nChecksum\t'): Uint8Array {
  const text = `${fields.replace(/(^| )(\S+)=/g, '\r\n$2\t')}${end}`;
  let sum = 0;
  for (const byte of bytesOf(text)) sum = (sum + byte) & 0xff;
  return joined(text, Uint8Array.of((256 - sum) & 0xff));
}

export interface Heard {
  /** Of each frame that was no fault, the values by point; those without any are left out. */
  readonly values: readonly Record<string, Value>[];
  readonly faults: readonly string[];
  readonly discarded: number;
}

/** A device's reading of a stream that comes in chunks. */
export function hear(chunks: readonly Uint8Array[], of: StreamDevice = device()): Heard {
  const framer = of.framer();
  const values: Record<string, Value>[] = [];
  const faults: string[] = [];
  for (const chunk of chunks) {
    framer.push(chunk, (frame) => {
      const decoded = of.decode(frame);
      if ('fault' in decoded) faults.push(decoded.fault.code);
      else if (decoded.samples.length > 0) {
        values.push(Object.fromEntries(decoded.samples.map(({ point, value }) => [point, value])));
      }
    });
  }
  return { values, faults, discarded: framer.discarded };
}

/** The stream in pieces of a size. */
export function pieces(stream: Uint8Array, size: number): readonly Uint8Array[] {
  const cut: Uint8Array[] = [];
  for (let at = 0; at < stream.length; at += size) cut.push(stream.subarray(at, at + size));
  return cut;
}
