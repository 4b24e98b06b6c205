import { createDecipheriv } from 'node:crypto';
import { Fault } from '../../../contract/fault.ts';
import type { Memory } from '../../../contract/memory.ts';
import { MOST_TITLES } from '../limits.ts';
import type { Refused } from '../link/telegram.ts';
import { readLength } from './a-xdr.ts';

export interface CipherKeys {
  /** Global unicast encryption key, 16 bytes. */
  readonly encryption: Uint8Array | undefined;
  /** 16 bytes. */
  readonly authentication: Uint8Array | undefined;
}

const TITLE_LENGTH = 8;
/** Security control and invocation counter. */
const HEADER_LENGTH = 5;
const TAG_LENGTH = 12;

/** Security control byte (IEC 62056-5-3): suite, authenticated, encrypted, key set, compressed. */
const SUITE = 0x0f;
const AUTHENTICATED = 0x10;
const ENCRYPTED = 0x20;
const COMPRESSED = 0x80;
/** Suites 0 and 1 encrypt with AES-GCM-128; 2 has keys of 256 bits. */
const LAST_SUITE = 1;

export interface Opened {
  readonly apdu: Uint8Array;
  /** To be kept once the APDU proved to be one. */
  readonly memory: Memory;
  /** Its tag was checked, or it was not encrypted. */
  readonly isProven: boolean;
}

/**
 * Opens general-glo-ciphering and general-ded-ciphering with AES-GCM-128 (IEC 62056-5-3): initialization
 * vector = system title and invocation counter, additional data = security control and authentication key. A tag is
 * checked where the authentication key is known. The counter must grow from telegram to telegram of one system title.
 */
export function openCiphered(apdu: Uint8Array, keys: CipherKeys, memory: Memory | undefined): Opened | Refused {
  const length = apdu[1] === TITLE_LENGTH ? readLength(apdu, 2 + TITLE_LENGTH, apdu.length) : 'malformed';
  if (typeof length === 'string' || length.next + length.value !== apdu.length || length.value <= HEADER_LENGTH) {
    return { fault: new Fault('dlms/malformed'), stray: 'noise' };
  }
  const title = apdu.subarray(2, 2 + TITLE_LENGTH);
  const header = apdu.subarray(length.next, length.next + HEADER_LENGTH);
  const body = apdu.subarray(length.next + HEADER_LENGTH);
  const control = header[0] ?? 0;
  if ((control & SUITE) > LAST_SUITE || (control & COMPRESSED) !== 0) {
    return { fault: new Fault('dlms/unsupported'), stray: 'foreign' };
  }
  const name = `counter-${Buffer.from(title).toString('hex')}`;
  const counter = Buffer.from(header).readUInt32BE(1);
  const last = memory !== undefined && Object.hasOwn(memory, name) ? memory[name] : undefined;
  if (typeof last === 'number' && counter <= last) return { fault: new Fault('dlms/replayed'), stray: 'foreign' };
  const vector = Buffer.concat([title, header.subarray(1)]);
  const opened = openBody(control, vector, body, keys);
  if (opened instanceof Fault) return { fault: opened, stray: 'foreign' };
  const isChecked = (control & AUTHENTICATED) !== 0 && keys.authentication !== undefined;
  return {
    apdu: opened,
    memory: remembered(memory, name, counter),
    isProven: isChecked || (control & ENCRYPTED) === 0,
  };
}

function openBody(control: number, vector: Uint8Array, body: Uint8Array, keys: CipherKeys): Uint8Array | Fault {
  const isEncrypted = (control & ENCRYPTED) !== 0;
  const isAuthenticated = (control & AUTHENTICATED) !== 0;
  if (!isEncrypted && !isAuthenticated) return keys.encryption === undefined ? body : new Fault('dlms/not-encrypted');
  if (isAuthenticated && body.length <= TAG_LENGTH) return new Fault('dlms/malformed');
  const split = isAuthenticated ? body.length - TAG_LENGTH : body.length;
  const text = body.subarray(0, split);
  if (keys.encryption === undefined) return new Fault('dlms/no-key');
  // Else a telegram could be forged by leaving its tag out.
  if (keys.authentication !== undefined && !isAuthenticated) return new Fault('dlms/tag');
  if (keys.authentication === undefined || !isAuthenticated) {
    // Of what is not encrypted the tag is all there is.
    return isEncrypted ? counted(keys.encryption, vector, text) : new Fault('dlms/no-key');
  }
  // GMAC takes the text for additional data (NIST SP 800-38D, 6.4 and 7.2).
  const additional = Buffer.concat([Uint8Array.of(control), keys.authentication, isEncrypted ? Uint8Array.of() : text]);
  const gcm = createDecipheriv('aes-128-gcm', keys.encryption, vector, { authTagLength: TAG_LENGTH });
  gcm.setAAD(additional);
  gcm.setAuthTag(body.subarray(split));
  const plain = isEncrypted ? gcm.update(text) : text;
  try {
    gcm.final();
  } catch {
    return new Fault('dlms/tag');
  }
  return plain;
}

/** GCM without its tag is counter mode that begins with 2 (NIST SP 800-38D, 7.1). */
function counted(key: Uint8Array, vector: Uint8Array, text: Uint8Array): Uint8Array {
  return createDecipheriv('aes-128-ctr', key, Buffer.concat([vector, Uint8Array.of(0, 0, 0, 2)])).update(text);
}

/** The counters of the meters heard last. */
function remembered(memory: Memory | undefined, name: string, counter: number): Memory {
  const others = Object.entries(memory ?? {}).filter(([key]) => key !== name);
  return Object.fromEntries([...others.slice(-(MOST_TITLES - 1)), [name, counter]]);
}
