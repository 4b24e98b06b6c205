import type { Conversion } from './fields.ts';

interface TransducerKind {
  /** The letter of its type in XDR. */
  readonly letter: string;
  readonly unit?: string;
  readonly decimals?: number;
  /** By the letter of the unit in XDR; some kinds have none. */
  readonly units: Readonly<Record<string, Conversion>>;
}

const asWritten: Conversion = (value) => value;

/** The types of XDR in words. Source: gpsd, "NMEA Revealed" v2.24, XDR. */
const TRANSDUCERS = {
  angle: { letter: 'A', unit: 'deg', units: { D: asWritten } },
  temperature: {
    letter: 'C',
    unit: '°C',
    decimals: 3,
    units: { C: asWritten, F: (value) => (value - 32) / 1.8, K: (value) => value - 273.15 },
  },
  displacement: { letter: 'D', unit: 'm', units: { M: asWritten } },
  frequency: { letter: 'F', unit: 'Hz', units: { H: asWritten } },
  generic: { letter: 'G', units: { '': asWritten } },
  humidity: { letter: 'H', unit: '%', units: { P: asWritten, '%': asWritten } },
  current: { letter: 'I', unit: 'A', units: { A: asWritten } },
  salinity: { letter: 'L', unit: '‰', units: { S: asWritten } },
  force: { letter: 'N', unit: 'N', units: { N: asWritten } },
  pressure: {
    letter: 'P',
    unit: 'hPa',
    decimals: 3,
    units: { B: (value) => value * 1000, P: (value) => value / 100 },
  },
  flow: { letter: 'R', unit: 'l/s', units: { l: asWritten, L: asWritten } },
  switch: { letter: 'S', units: { '': asWritten } },
  tachometer: { letter: 'T', unit: 'rpm', units: { R: asWritten } },
  voltage: { letter: 'U', unit: 'V', units: { V: asWritten } },
  volume: { letter: 'V', unit: 'm³', units: { M: asWritten } },
} as const satisfies Record<string, TransducerKind>;

type TransducerType = keyof typeof TRANSDUCERS;

export const TRANSDUCER_TYPES = Object.keys(TRANSDUCERS) as [TransducerType, ...TransducerType[]];

/** Characters of an id, in the config and on the wire. */
export const LONGEST_TRANSDUCER_ID = 32;

/** The transducer of XDR: two of different types may share an id. */
export interface Transducer {
  readonly type: TransducerType;
  readonly id: string;
}

export function transducerKind({ type }: Transducer): TransducerKind {
  return TRANSDUCERS[type];
}

/** The mark by which XDR tells one transducer from another. */
export function transducerKey(letter: string, id: string): string {
  return `${letter}:${id}`;
}
