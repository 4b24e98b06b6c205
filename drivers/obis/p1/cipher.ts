import { createDecipheriv } from 'node:crypto';
import type { FaultCode } from '../../contract/faults.ts';
import { KEY_LENGTH } from '../key.ts';
import { lengthOf } from './framer.ts';

const TAG_LENGTH = 12;
const TITLE_AT = 2;
const LENGTH_AT = 10;

/**
 * The authentication key of all meters of Luxembourg, and the default of Austria's (Smarty P1 specification 1.1.3, 3.2.5:
 * "AAD … 30 00 11 22 … FF"). It is public: there the encryption key alone keeps the secret.
 */
export const USUAL_AUTHENTICATION_KEY: Uint8Array = Uint8Array.from({ length: KEY_LENGTH }, (_, index) => index * 0x11);

/** The two keys of a meter, 16 bytes each. */
export interface Keys {
  readonly encryption: Uint8Array;
  readonly authentication: Uint8Array;
}

export type Opened =
  | { readonly telegram: Uint8Array; readonly title: string; readonly counter: number }
  | { readonly code: FaultCode };

/**
 * Opens an encrypted telegram: AES-128-GCM, the title and the frame counter as nonce, the security byte and the
 * authentication key as additional data, 12 bytes of tag (IEC 62056-5-3). Pure.
 */
export function openTelegram(frame: Uint8Array, keys: Keys): Opened {
  const length = lengthOf(frame.subarray(LENGTH_AT));
  const security = typeof length === 'object' ? LENGTH_AT + length.bytes : 0;
  if (typeof length !== 'object' || frame.length !== security + length.value) return { code: 'p1/truncated' };
  const title = frame.subarray(TITLE_AT, LENGTH_AT);
  const counter = frame.subarray(security + 1, security + 5);
  const nonce = Uint8Array.from([...title, ...counter]);
  const decipher = createDecipheriv('aes-128-gcm', keys.encryption, nonce, { authTagLength: TAG_LENGTH });
  decipher.setAAD(Uint8Array.from([...frame.subarray(security, security + 1), ...keys.authentication]));
  decipher.setAuthTag(frame.subarray(frame.length - TAG_LENGTH));
  const telegram = decipher.update(frame.subarray(security + 5, frame.length - TAG_LENGTH));
  try {
    decipher.final();
  } catch {
    return { code: 'p1/authentication' };
  }
  return {
    telegram,
    title: Array.from(title, (byte) => byte.toString(16).padStart(2, '0')).join(''),
    counter: new DataView(counter.buffer, counter.byteOffset, 4).getUint32(0),
  };
}
