import type { ToldIdentity } from '../../contract/identity.ts';
import { makerName } from '../../framing/maker.ts';

/** The fields before the records: EN 13757-3 (2013). All that is known of a meter beside its values. */
export interface Header {
  /** Eight hexadecimal digits, of a sound meter decimal ones; absent: the telegram does not name it. */
  readonly id?: string | undefined;
  /** Three letters. */
  readonly manufacturer?: string | undefined;
  /** The same as the 15 bits that go over the line. */
  readonly manufacturerCode?: number | undefined;
  readonly version?: number | undefined;
  readonly medium?: number | undefined;
  /** Counts the telegrams of the meter; from 0 to 255. */
  readonly access?: number | undefined;
  /** Eight bits; see {@link statusText}. */
  readonly status?: number | undefined;
}

/** A meter's account of itself in each telegram; the medium says only what sort of meter it is. */
export function meterIdentity({ id, manufacturer, version, medium }: Header): ToldIdentity {
  return {
    maker: manufacturer === undefined ? undefined : makerName(manufacturer),
    serial: id,
    firmware: version === undefined ? undefined : String(version),
    kind: medium === undefined ? undefined : mediumText(medium),
  };
}

/** Media by their code: EN 13757-3 (2013). */
const MEDIA: Readonly<Record<number, string>> = {
  0: 'other',
  1: 'oil',
  2: 'electricity',
  3: 'gas',
  4: 'heat (outlet)',
  5: 'steam',
  6: 'warm water',
  7: 'water',
  8: 'heat cost allocator',
  9: 'compressed air',
  10: 'cooling (outlet)',
  11: 'cooling (inlet)',
  12: 'heat (inlet)',
  13: 'heat and cooling',
  14: 'bus or system',
  20: 'calorific value',
  21: 'hot water',
  22: 'cold water',
  23: 'hot and cold water',
  24: 'pressure',
  25: 'analog converter',
  26: 'smoke detector',
  27: 'room sensor',
  28: 'gas detector',
  32: 'breaker',
  33: 'valve',
  37: 'customer display',
  40: 'waste water',
  41: 'waste',
  49: 'communication controller',
  50: 'one-way repeater',
  51: 'two-way repeater',
  54: 'radio converter at the system',
  55: 'radio converter at the meter',
};

/** The name of a medium. */
export function mediumText(code: number): string {
  return MEDIA[code] ?? 'unknown';
}

/** The three letters of a maker from their 15 bits: EN 62056-21, annex; each letter counts from the one before A. */
export function manufacturerText(code: number): string {
  return [10, 5, 0].map((shift) => String.fromCharCode(64 + ((code >> shift) & 0x1f))).join('');
}

/** @param letters three of A to Z */
export function manufacturerCode(letters: string): number {
  return [...letters].reduce((code, letter) => (code << 5) | ((letter.charCodeAt(0) - 64) & 0x1f), 0);
}

/** The states that the low two bits have: EN 13757-3 (2013). */
const APPLICATION_STATES = [undefined, 'busy', 'error', 'alarm'] as const;
const STATE_BITS = [
  [0x04, 'power-low'],
  [0x08, 'permanent-error'],
  [0x10, 'temporary-error'],
] as const;
const MAKERS_BITS = 0xe0;

/** The meter's state in words, `ok` where no bit is set. */
export function statusText(status: number): string {
  const states = [
    APPLICATION_STATES[status & 3],
    ...STATE_BITS.map(([bit, word]) => (status & bit ? word : undefined)),
  ];
  const words: string[] = states.filter((word) => word !== undefined);
  if ((status & MAKERS_BITS) !== 0) words.push('manufacturer-bits');
  return words.length === 0 ? 'ok' : words.join(' ');
}
