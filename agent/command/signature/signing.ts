import type { KeyObject } from 'node:crypto';

/**
 * Two names of one algorithm: `EdDSA` with an Ed25519 key (RFC 8037, 3.1), and `Ed25519`, which RFC 9864 puts in its
 * place. A signer may use either; nothing else is ever accepted.
 */
export const ALGORITHMS: readonly string[] = Object.freeze(['EdDSA', 'Ed25519']);

/** The `typ` of a signed request: a signature that was made for anything else is none here (RFC 8725, 3.11). */
export const TYPE = 'fieldward-command+jws';

/** Signs as JWS Compact Serialization (RFC 7515, 7.1). `EdDSA` is the name that every library of today knows. */
export async function signCompact(content: Uint8Array, keyId: string, privateKey: KeyObject): Promise<string> {
  const { CompactSign } = await import('jose/jws/compact/sign');
  const header = { alg: 'EdDSA', kid: keyId, typ: TYPE };
  return new CompactSign(content).setProtectedHeader(header).sign(privateKey);
}

/**
 * The signed content of a JWS in compact form.
 * @throws the library's own error where the signature is not one of this key or the header names another algorithm
 */
export async function verifyCompact(compact: string, publicKey: KeyObject): Promise<Uint8Array> {
  // late: a gateway without keys never loads it
  const { compactVerify } = await import('jose/jws/compact/verify');
  const { payload } = await compactVerify(compact, publicKey, { algorithms: [...ALGORITHMS] });
  return payload;
}
