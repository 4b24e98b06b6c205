import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Signatures } from '../../../../agent/command/signature/signatures.ts';
import type { SigningKeyConfig } from '../../../../config/config.ts';
import { newFolder } from '../../../support/folder.ts';

export interface Pair {
  /** PEM: PKCS#8 and SPKI. */
  readonly privateKey: string;
  readonly publicKey: string;
}

export function newPair(): Pair {
  return generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
}

export interface Given {
  readonly pair: Pair;
  readonly limits?: Partial<SigningKeyConfig>;
}

/** Signatures with these keys, by id, out of files. */
export async function signatures(
  keys: Readonly<Record<string, Given>>,
  required: readonly string[] = [],
): Promise<Signatures> {
  const folder = await newFolder();
  const entries = Object.entries(keys).map(([id, { pair, limits }]) => ({
    pair,
    entry: { id, publicKeyFile: join(folder, `${id}.pem`), ...limits },
  }));
  for (const { pair, entry } of entries) await writeFile(entry.publicKeyFile, pair.publicKey);
  return Signatures.load({ required, keys: entries.map(({ entry }) => entry) });
}

export function base64url(content: string | Uint8Array): string {
  return Buffer.from(content).toString('base64url');
}

/** Signs any header and content, by Node's own signing: an independent look at what the agent takes. */
export function token(header: unknown, content: string | Uint8Array, key: string | KeyObject): string {
  const input = `${base64url(typeof header === 'string' ? header : JSON.stringify(header))}.${base64url(content)}`;
  return `${input}.${base64url(sign(null, Buffer.from(input), key))}`;
}

export function ascii(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}

export function publicOf(pem: string): KeyObject {
  return createPublicKey(pem);
}

export const HEADER = { alg: 'EdDSA', kid: 'ops', typ: 'fieldward-command+jws' };

export const REQUEST = {
  gateway: 'gw',
  device: 'meter-1',
  command: 'write',
  id: 'a-1',
  expiresAt: '2026-11-23T10:15:10Z',
  args: { relay: true },
};
