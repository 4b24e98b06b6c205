import type { StreamDevice } from '../../../../drivers/contract/driver.ts';
import type { Memory } from '../../../../drivers/contract/memory.ts';
import type { Sample, Value } from '../../../../drivers/contract/reading.ts';
import { driver } from '../../../../drivers/obis/dlms/driver.ts';

export const KEY = Buffer.from('0102030405060708090a0b0c0d0e0f10', 'hex');
export const AUTHENTICATION_KEY = Buffer.from('f1f2f3f4f5f6f7f8f9fafbfcfdfeff00', 'hex');
export const TITLE = Buffer.from('4657440000000001', 'hex');

export interface MeterSettings {
  readonly framing?: string;
  readonly key?: Uint8Array;
  readonly authenticationKey?: Uint8Array;
  /** Points as the config has them; a text is a code. */
  readonly points?: readonly (string | Readonly<Record<string, unknown>>)[];
}

/** A device whose points are named by their codes, `1-0:1.8.0` as `1-0-1-8-0`. */
export function meter({ framing, key, authenticationKey, points = [] }: MeterSettings = {}): StreamDevice {
  const secrets = new Map<string, Uint8Array>();
  if (key !== undefined) secrets.set('keyFile', Buffer.from(`${Buffer.from(key).toString('hex')}\n`));
  if (authenticationKey !== undefined) {
    secrets.set('authenticationKeyFile', Buffer.from(Buffer.from(authenticationKey).toString('hex').toUpperCase()));
  }
  const device = driver.create({
    options: parsed(
      driver.options.safeParse({ framing, ...Object.fromEntries([...secrets.keys()].map((name) => [name, name])) }),
    ),
    points: points.map((each) =>
      parsed(driver.point.safeParse(typeof each === 'string' ? { name: nameOf(each), obis: each } : each)),
    ),
    line: { baudRate: 2400, characterMs: 1 },
    secrets,
  });
  if (device.kind !== 'stream') throw new Error('it talks by itself');
  return device;
}

export function nameOf(code: string): string {
  return code.replace(/[^0-9]/g, '-');
}

function parsed<T>(result: ReturnType<typeof driver.options.safeParse> | { success: boolean; data?: T }): T {
  if (!result.success) throw new Error('refused');
  return (result as { data: T }).data;
}

export interface Heard {
  /** The last value of each point. */
  readonly values: Readonly<Record<string, Value>>;
  readonly samples: readonly Sample[];
  /** Codes of faults, in the order they came. */
  readonly faults: readonly string[];
  readonly readings: number;
  readonly skipped: number;
  readonly discarded: number;
  readonly memory: Memory | undefined;
}

/** A device's reading of these chunks, from an opening of its line on. */
export function hear(device: StreamDevice, ...chunks: readonly Uint8Array[]): Heard {
  const samples: Sample[] = [];
  const faults: string[] = [];
  let readings = 0;
  let memory: Memory | undefined;
  const framer = device.framer();
  for (const chunk of chunks) {
    framer.push(chunk, (bytes) => {
      const decoded = device.decode(Uint8Array.from(bytes), memory);
      memory = decoded.memory ?? memory;
      if ('fault' in decoded) faults.push(decoded.fault.code);
      else {
        readings += 1;
        samples.push(...decoded.samples);
      }
    });
  }
  const values = Object.fromEntries(samples.map(({ point, value }) => [point, value]));
  return { values, samples, faults, readings, skipped: framer.skipped ?? 0, discarded: framer.discarded, memory };
}
