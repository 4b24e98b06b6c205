import type { Decimal } from '../../schema/decimal.ts';

/** The content of a record. A number is exact, with unit and power of ten applied. */
export type RecordValue =
  | { readonly kind: 'number'; readonly number: Decimal }
  | { readonly kind: 'text'; readonly text: string }
  /** The meter does not know, or nobody knows what it sent. */
  | { readonly kind: 'none' };

export const NONE: RecordValue = { kind: 'none' };

export function textValue(text: string): RecordValue {
  return { kind: 'text', text };
}

/** Bytes as people read them: `00 01 75 13`. */
export function hexText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join(' ');
}
