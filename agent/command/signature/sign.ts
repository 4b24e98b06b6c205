import { createPrivateKey, type KeyObject } from 'node:crypto';
import { Fault } from '../../../drivers/contract/fault.ts';
import { signCompact } from './signing.ts';

/** The signed content: the request, and its destination, so that it is good for no other gateway, device or command. */
export interface SignedRequest {
  readonly gateway: string;
  /** Absent for commands of the gateway itself. */
  readonly device?: string | undefined;
  readonly command: string;
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly expiresAt: string;
  readonly args?: Readonly<Record<string, unknown>> | undefined;
}

/** One block of PKCS#8, not encrypted (RFC 5958; in text: RFC 7468, 10). */
const PKCS8 = /^\s*-----BEGIN PRIVATE KEY-----[A-Za-z0-9+/=\s]+-----END PRIVATE KEY-----\s*$/;

/**
 * The whole MQTT payload of a signed request, for clients.
 * @param privateKeyPem an Ed25519 key in PKCS#8, as `openssl genpkey -algorithm ed25519` writes it
 * @param keyId the key's id in `commands.signing.keys` of the gateway
 * @throws Fault `config/credential` for any other key
 */
export async function signRequest(privateKeyPem: string, keyId: string, request: SignedRequest): Promise<string> {
  const { id, expiresAt, args, gateway, command, device } = request;
  const content = JSON.stringify({ id, expiresAt, args, gateway, command, device });
  return signCompact(new TextEncoder().encode(content), keyId, privateKeyOf(privateKeyPem));
}

function privateKeyOf(pem: string): KeyObject {
  let key: KeyObject | undefined;
  try {
    if (PKCS8.test(pem)) key = createPrivateKey({ key: pem, format: 'pem' });
  } catch (cause) {
    throw new Fault('config/credential', undefined, cause);
  }
  if (key?.asymmetricKeyType !== 'ed25519') throw new Fault('config/credential');
  return key;
}
