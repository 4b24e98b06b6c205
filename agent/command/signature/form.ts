import { z } from 'zod';
import { REQUEST_BYTES, SIGNED_BYTES, SIGNED_HEADER_BYTES } from '../limits.ts';
import { isBounded } from '../request/json.ts';
import { ALGORITHMS, TYPE } from './signing.ts';

/** A JWS whose form is right; whether the signature fits is another question. */
export interface Compact {
  /** The whole of it, ASCII. */
  readonly text: string;
  /** The `kid` of its header: as it came, good for looking up and nothing else. */
  readonly keyId: string;
}

/**
 * Three parts in the base64url alphabet, without padding or white space (RFC 7515, 2 and 7.1). The 64 bytes of an
 * Ed25519 signature leave 4 bits of the last character over: they are 0, or sixteen texts would be the same signature.
 */
const COMPACT = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]{85}[AQgw]$/;

/** These three and nothing else: no `crit`, no `b64`, and no key or address of one that the sender brings along. */
const headerSchema = z.strictObject({
  alg: z.string().refine((name) => ALGORITHMS.includes(name)),
  kid: z.string(),
  typ: z.literal(TYPE),
});

const FIRST = 'e'.charCodeAt(0);

/** Whether a payload means to be signed: base64url of a text that begins with `{` begins with `e`, and no JSON does. */
export function looksSigned(payload: Uint8Array): boolean {
  return payload[0] === FIRST;
}

/** Pure. Undefined for anything that is not exactly of the form; never throws, and costs no more than its bounded size. */
export function readCompact(payload: Uint8Array): Compact | undefined {
  if (payload.length > SIGNED_BYTES) return undefined;
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString('latin1');
  const [, encodedHeader = '', encodedContent = ''] = COMPACT.exec(text) ?? [];
  const header = decode(encodedHeader, SIGNED_HEADER_BYTES);
  if (header === undefined || decode(encodedContent, REQUEST_BYTES) === undefined) return undefined;
  const keyId = readKeyId(header);
  return keyId === undefined ? undefined : { text, keyId };
}

/** Takes only the one text that those bytes have (RFC 4648, 3.5): a text that was recorded once is not met again in disguise. */
function decode(part: string, most: number): Uint8Array | undefined {
  const bytes = Buffer.from(part, 'base64url');
  return bytes.length > 0 && bytes.length <= most && bytes.toString('base64url') === part ? bytes : undefined;
}

function readKeyId(header: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(header);
    const parsed: unknown = JSON.parse(text);
    // no name twice (RFC 7515, 4): two readers could each take another one
    return isBounded(text, parsed) ? headerSchema.safeParse(parsed).data?.kid : undefined;
  } catch {
    return undefined;
  }
}
