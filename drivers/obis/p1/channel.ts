import type { Objects } from './telegram.ts';
import { readTime } from './time.ts';

/** The medium that a meter behind the meter measures. */
export interface Medium {
  /** Device types of M-Bus (EN 13757-3) as `0-n:24.1.0` holds them. */
  readonly types: readonly number[];
  readonly unit: string | undefined;
}

/** Name of a point → what it is. Heat and cold come in GJ, kWh or MWh: the meter alone knows which. */
export const MEDIA: Readonly<Record<string, Medium>> = {
  gas: { types: [0x03], unit: 'm3' },
  water: { types: [0x07], unit: 'm3' },
  'hot-water': { types: [0x06, 0x15], unit: 'm3' },
  heat: { types: [0x04, 0x0c, 0x0d], unit: undefined },
  cold: { types: [0x0a, 0x0b], unit: undefined },
};

/** DSMR 5.0.2 P1, 6.12 has four. */
const CHANNELS = [1, 2, 3, 4] as const;
/** Last reading; not temperature-converted, as Belgium's gas meters have it; up to DSMR 3. */
const READINGS = ['24.2.1', '24.2.3', '24.3.0'] as const;
/** Meters say 1970 for a channel that has never been read, and two digits of it. */
const NEVER = '2070';

/** The newest reading of a medium; undefined where no channel has it. */
export function channelOf(
  objects: Objects,
  { types }: Medium,
  winterOffset: number,
): { readonly code: string; readonly values: readonly string[] } | undefined {
  let newest: { readonly code: string; readonly values: readonly string[]; readonly time: string } | undefined;
  for (const channel of CHANNELS) {
    const type = Number.parseInt(objects.get(`0-${channel}:24.1.0`)?.[0] ?? '', 10);
    if (!types.includes(type)) continue;
    for (const reading of READINGS) {
      const code = `0-${channel}:${reading}`;
      const values = objects.get(code);
      const time = values === undefined ? null : readTime(values[0] ?? '', winterOffset);
      if (values === undefined || time === null || time >= NEVER) continue;
      if (newest === undefined || time > newest.time) newest = { code, values, time };
    }
  }
  return newest;
}
