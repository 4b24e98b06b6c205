import { createPublicKey, type KeyObject } from 'node:crypto';
import type { Finding } from '../problem.ts';
import { readTextFile } from '../source/file.ts';

export type PublicKey =
  | { readonly ok: true; readonly key: KeyObject }
  | { readonly ok: false; readonly message: string };

/** A key in PEM has 113 bytes; the rest is room for line ends, and a larger file is no key. */
const FILE_BYTES = 4_096;

/** One block (RFC 7468, 13). */
const PEM = /^\s*-----BEGIN PUBLIC KEY-----\s+([A-Za-z0-9+/=\s]{1,200})-----END PUBLIC KEY-----\s*$/;

/** SubjectPublicKeyInfo of an Ed25519 key up to its 32 bytes: algorithm 1.3.101.112, no parameters (RFC 8410, 4). */
const ED25519 = Buffer.from('302a300506032b6570032100', 'hex');
const KEY_BYTES = 32;

const FORM = 'must hold one Ed25519 public key in PEM (BEGIN PUBLIC KEY)';

/** Pure. The key, or its fault in words that quote nothing of the text. */
export function parsePublicKey(text: string): PublicKey {
  if (text.includes('PRIVATE KEY')) return { ok: false, message: 'holds a private key: it belongs to who signs' };
  const [, base64 = ''] = PEM.exec(text) ?? [];
  const der = Buffer.from(base64, 'base64');
  if (der.length !== ED25519.length + KEY_BYTES || !der.subarray(0, ED25519.length).equals(ED25519)) {
    return { ok: false, message: FORM };
  }
  try {
    return { ok: true, key: createPublicKey({ key: der, format: 'der', type: 'spki' }) };
  } catch {
    return { ok: false, message: FORM };
  }
}

/** Reads one file of `commands.signing.keys`. */
export async function readPublicKey(path: string): Promise<PublicKey> {
  const content = await readTextFile(path, FILE_BYTES);
  return content.ok ? parsePublicKey(content.text) : content;
}

/**
 * Looks into the key files before anything starts.
 * @param files by index of `commands.signing.keys`; undefined where there is none that could be read
 */
export async function checkPublicKeys(
  files: readonly (string | undefined)[],
): Promise<{ readonly findings: readonly Finding[]; readonly warnings: readonly Finding[] }> {
  const findings: Finding[] = [];
  const warnings: Finding[] = [];
  const seen = new Set<string>();
  for (const [index, file] of files.entries()) {
    if (file === undefined) continue;
    const path = ['commands', 'signing', 'keys', index, 'publicKeyFile'];
    const read = await readPublicKey(file);
    if (!read.ok) {
      findings.push({ path, message: read.message });
      continue;
    }
    const key = read.key.export({ format: 'der', type: 'spki' }).toString('base64');
    // Its holder chooses the id, and so the wider of the limits.
    if (seen.has(key)) warnings.push({ path, message: 'another id has the same key: what both may do adds up' });
    seen.add(key);
  }
  return { findings, warnings };
}
