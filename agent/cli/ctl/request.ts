import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { readTextFile } from '../../../config/source/file.ts';
import { ID_PATTERN } from '../../../drivers/schema/text.ts';
import type { SignedRequest } from '../../command/signature/sign.ts';
import type { Topics } from '../../link/topics.ts';
import type { Asked } from './command.ts';
import type { Outgoing } from './inquiries.ts';

/** A private key and the name under which the gateway knows its public half. */
export interface Signer {
  readonly privateKeyPem: string;
  readonly keyId: string;
}

export interface RequestSetup {
  readonly topics: Topics;
  /** Wall clock, milliseconds since 1970. */
  readonly wall: () => number;
  /** Milliseconds. */
  readonly expiresIn: number;
  readonly user: string | undefined;
  readonly signer: Signer | undefined;
}

/** An Ed25519 key in PKCS#8 is 120 bytes; a much longer one is another file. */
const LONGEST_KEY = 4096;

export type Signing =
  | { readonly signer: Signer | undefined; readonly wrong?: undefined }
  | { readonly wrong: string; readonly signer?: undefined };

/** The key of `--sign-key` and its name, or why there is none in words that name no path; undefined without the flags. */
export async function flaggedSigner(flags: Readonly<Record<string, unknown>>): Promise<Signing> {
  const { 'sign-key': file, 'sign-id': keyId } = flags;
  if (file === undefined && keyId === undefined) return { signer: undefined };
  if (typeof file !== 'string' || typeof keyId !== 'string') return { wrong: '--sign-key and --sign-id go together' };
  if (!ID_PATTERN.test(keyId)) return { wrong: '--sign-id is 1 to 63 of a-z, 0-9 and -' };
  const content = await readTextFile(resolve(file), LONGEST_KEY);
  if (!content.ok) return { wrong: `--sign-key: ${content.message}` };
  return { signer: { privateKeyPem: content.text, keyId } };
}

export function topicOf(topics: Topics, { device, command }: Asked): string {
  return `${topics.root}/${device === undefined ? '' : `${device}/`}command/${command}`;
}

/**
 * A request of its own: a new id and an expiry from now on.
 * @throws Fault `config/credential` for a key that can't sign
 */
export async function makeRequest(asked: Asked, setup: RequestSetup): Promise<Outgoing> {
  const { topics, wall, expiresIn, user, signer } = setup;
  const id = randomUUID();
  const request = { id, expiresAt: new Date(wall() + expiresIn).toISOString(), args: asked.args };
  const { gateway, device, command } = asked;
  return {
    id,
    topic: topicOf(topics, asked),
    payload:
      signer === undefined ? JSON.stringify(request) : await sign(signer, { gateway, device, command, ...request }),
    user,
  };
}

/** Loaded where it is needed: most requests are not signed. */
async function sign({ privateKeyPem, keyId }: Signer, request: SignedRequest): Promise<string> {
  const { signRequest } = await import('../../command/signature/sign.ts');
  return signRequest(privateKeyPem, keyId, request);
}
