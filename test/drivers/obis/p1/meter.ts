import type { Decoded, StreamDevice } from '../../../../drivers/contract/driver.ts';
import type { Memory } from '../../../../drivers/contract/memory.ts';
import type { Sample, Value } from '../../../../drivers/contract/reading.ts';
import { crc16Arc } from '../../../../drivers/framing/crc16.ts';
import { driver } from '../../../../drivers/obis/p1/driver.ts';
import { sealTelegram } from '../../../../scripts/sim/p1-meter.ts';

export const LINE = { baudRate: 115_200, characterMs: 10 / 115.2 };

export interface MeterSetup {
  readonly options?: Readonly<Record<string, unknown>>;
  readonly points?: readonly Readonly<Record<string, unknown>>[];
  /** Content of the key files. */
  readonly secrets?: Readonly<Record<string, string>>;
}

/** A device of the driver; throws where its schemas refuse the setup. */
export function meter({ options = {}, points = [], secrets = {} }: MeterSetup = {}): StreamDevice {
  const read = driver.options.safeParse(options);
  if (!read.success) throw new Error(JSON.stringify(read.error.issues));
  const device = driver.create({
    options: read.data,
    points: points.map((entry) => {
      const point = driver.point.safeParse(entry);
      if (!point.success) throw new Error(JSON.stringify(point.error.issues));
      return point.data;
    }),
    line: LINE,
    secrets: new Map(Object.entries(secrets).map(([key, text]) => [key, bytesOf(text)])),
  });
  if (device.kind !== 'stream') throw new Error('a meter talks by itself');
  return device;
}

export interface Heard {
  readonly decoded: readonly Decoded[];
  readonly samples: readonly Sample[];
  readonly faults: readonly string[];
}

/** A device's reading of these chunks, from the opening of its port on. */
export function hear(device: StreamDevice, chunks: Iterable<Uint8Array>): Heard {
  const framer = device.framer();
  let memory: Memory | undefined;
  const decoded: Decoded[] = [];
  for (const chunk of chunks) {
    framer.push(chunk, (bytes) => {
      const result = device.decode(bytes, memory);
      if (result.memory !== undefined) memory = result.memory;
      decoded.push(result);
    });
  }
  return {
    decoded,
    samples: decoded.flatMap((each) => ('samples' in each ? each.samples : [])),
    faults: decoded.flatMap((each) => ('fault' in each ? [each.fault.code] : [])),
  };
}

export function valuesOf({ samples }: Pick<Heard, 'samples'>): Readonly<Record<string, Value>> {
  return Object.fromEntries(samples.map(({ point, value }) => [point, value]));
}

export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

export const IDENTIFICATION = '/XMX5LGBBFG1009394887';

/** A telegram as the standard has it. @param crc what stands in the place of the right one */
export function telegram(lines: readonly string[], crc?: string, identification = IDENTIFICATION): string {
  const body = `${[identification, '', ...lines].join('\r\n')}\r\n!`;
  return `${body}${crc ?? crcOf(body)}\r\n`;
}

export function crcOf(body: string): string {
  return crc16Arc(bytesOf(body)).toString(16).toUpperCase().padStart(4, '0');
}

export const KEY = '0123456789abcdef0123456789ABCDEF';
export const AUTHENTICATION_KEY = '00112233445566778899AABBCCDDEEFF';

export interface Sealing {
  readonly counter: number;
  readonly title?: string;
  readonly key?: string;
  readonly authenticationKey?: string;
}

/** An encrypted telegram, as the simulator makes it with Node's own cipher. */
export function sealed(plain: string, { counter, title, key, authenticationKey }: Sealing): Uint8Array {
  const keys = { key: hex(key ?? KEY), authenticationKey: hex(authenticationKey ?? AUTHENTICATION_KEY) };
  return sealTelegram(bytesOf(plain), { ...keys, title: title ?? 'FWD00001' }, counter);
}

function hex(digits: string): Uint8Array {
  return Uint8Array.from(Buffer.from(digits, 'hex'));
}
