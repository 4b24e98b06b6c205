import { createPrivateKey, sign } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';

/**
 * Signs a file beside it, as `FILE.sig`: 64 bytes, Ed25519 over the file itself (RFC 8032), as `openssl pkeyutl -rawin` has it.
 * @param keyFile PEM (PKCS#8)
 * @returns the signature's file
 * @throws Error where it holds no Ed25519 key
 */
export async function signFile(file: string, keyFile: string): Promise<string> {
  const key = createPrivateKey(await readFile(keyFile));
  if (key.asymmetricKeyType !== 'ed25519') throw new Error('the key is none of Ed25519');
  await writeFile(`${file}.sig`, sign(null, await readFile(file), key));
  return `${file}.sig`;
}
