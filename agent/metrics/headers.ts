import { Fault } from '../../drivers/contract/fault.ts';

/** RFC 9110, 5.1 and 5.5: a token, and visible ASCII with blanks between. */
const LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}):[ \t]*([\x21-\x7e](?:[\x20-\x7e]{0,4094}[\x21-\x7e])?)[ \t]*$/;
const MOST = 16;
/** They belong to the message itself. */
const OURS = new Set(['host', 'content-length', 'content-type', 'transfer-encoding', 'connection', 'expect', 'te']);

/**
 * Headers of a file, one `Name: value` a line; empty lines and those that begin with `#` are passed over. Pure.
 * @throws Fault `metrics/headers`; it quotes nothing
 */
export function parseHeaders(text: string): Readonly<Record<string, string>> {
  const headers = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, name, value] = LINE.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new Fault('metrics/headers');
    const key = name.toLowerCase();
    if (OURS.has(key) || headers.has(key)) throw new Fault('metrics/headers');
    headers.set(key, value);
  }
  if (headers.size > MOST) throw new Fault('metrics/headers');
  return Object.fromEntries(headers);
}
