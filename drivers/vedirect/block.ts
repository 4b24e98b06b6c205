import type { Stray } from '../contract/driver.ts';
import type { FaultCode } from '../contract/faults.ts';
import { END_LABEL } from './framer.ts';

/** The content of a text block, label → value as sent, or the reason why it has none. */
export type Block = ReadonlyMap<string, string> | { readonly code: FaultCode; readonly stray: Stray };

/** The protocol gives 8 characters; room for what may come. */
const FIELD = /^([A-Za-z0-9_#]{1,16})\t([ -~]{0,64})$/;

/**
 * Reads one block as the framer cut it. All bytes of it, from behind the last check byte to its own, add up to 0 modulo
 * 256 (VE.Direct protocol, "Text-mode", checksum). Bytes before the first field belong to no field.
 */
export function readBlock(frame: Uint8Array): Block {
  const checkAt = frame.length - 1;
  const text = String.fromCharCode(...frame.subarray(0, checkAt));
  if (!text.endsWith(END_LABEL)) return { code: 'vedirect/truncated', stray: 'truncated' };
  const sum = frame.reduce((total, byte) => total + byte, 0);
  if (sum % 256 !== 0) return { code: 'vedirect/checksum', stray: 'checksum' };
  const fields = new Map<string, string>();
  const [before, ...lines] = text.slice(0, -END_LABEL.length).split('\r\n');
  if (before !== '') return { code: 'vedirect/malformed', stray: 'noise' };
  for (const line of lines) {
    const [, label, value] = FIELD.exec(line) ?? [];
    if (label === undefined || value === undefined || fields.has(label)) {
      return { code: 'vedirect/malformed', stray: 'noise' };
    }
    fields.set(label, value);
  }
  return fields;
}
