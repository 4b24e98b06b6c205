import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { createSecureContext, type SecureContext } from 'node:tls';
import { Fault } from '../../../drivers/contract/fault.ts';
import { certificatesIn, endOfFiles, type Validity } from '../renewal/certificates.ts';

export interface CredentialFiles {
  readonly passwordFile?: string | undefined;
  readonly proxyCredentialsFile?: string | undefined;
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

export interface Credentials {
  readonly password: Buffer | undefined;
  /** USER:PASSWORD for the proxy. */
  readonly proxy: Buffer | undefined;
  /** TLS 1.2 or later; undefined for plaintext. */
  readonly context: SecureContext | undefined;
  /** Of the gateway's certificate and the authorities that the files hold, whichever ends first; undefined without any. */
  readonly end: number | undefined;
  /** Of the gateway's own certificate. */
  readonly own: Validity | undefined;
  /** Of what the certificate files hold: another one, other content. */
  readonly mark: string;
}

/** A chain of certificates is a few kilobytes; a system's whole bundle of authorities about 220 KB. */
const LONGEST_PEM = 1_048_576;
/** MQTT 5, 3.1.3.6: binary data has a length of two bytes. */
const LONGEST_PASSWORD = 65_535;
/** A proxy takes no header that is much longer. */
const LONGEST_PROXY_CREDENTIALS = 1024;

/**
 * Reads the files anew, so that a renewed certificate or password counts from the next attempt on.
 * @throws Fault `config/credential` where one is missing, unreadable, too long, empty, or no key or certificate
 */
export async function readCredentials(files: CredentialFiles, secure: boolean): Promise<Credentials> {
  const password = await read(files.passwordFile, LONGEST_PASSWORD);
  const proxy = await read(files.proxyCredentialsFile, LONGEST_PROXY_CREDENTIALS);
  const plain = { password: password && withoutNewline(password), proxy: proxy && withoutNewline(proxy) };
  if (!secure) return { ...plain, context: undefined, end: undefined, own: undefined, mark: '' };
  const ca = await read(files.caFile, LONGEST_PEM);
  const cert = await read(files.certFile, LONGEST_PEM);
  const key = await read(files.keyFile, LONGEST_PEM);
  try {
    // Node passes silently over an authority that it can't read, and over a certificate that is cut off
    const authorities = ca && certificatesIn(ca);
    const chain = cert && certificatesIn(cert);
    // it throws where key and certificate are no pair
    const context = createSecureContext({ ca, cert, key, minVersion: 'TLSv1.2' });
    return { ...plain, context, ...endOfFiles(chain, authorities), mark: markOf([ca, cert, key]) };
  } catch (error) {
    throw new Fault('config/credential', undefined, error);
  }
}

function markOf(files: readonly (Buffer | undefined)[]): string {
  const hash = createHash('sha256');
  for (const each of files) {
    hash.update(`${each?.length ?? 'none'}:`);
    hash.update(each ?? '');
  }
  return hash.digest('base64');
}

async function read(path: string | undefined, longest: number): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  let content: Buffer;
  try {
    const found = await stat(path);
    // opening a pipe would wait for somebody to write into it
    if (!found.isFile() || found.size > longest) throw new Fault('config/credential');
    const { size } = found;
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(size), 0, size, 0);
      content = buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new Fault('config/credential', undefined, error);
  }
  // also because Node takes an empty authority for none given, and would trust the public ones instead
  if (content.length === 0) throw new Fault('config/credential');
  return content;
}

/** An editor's newline at the end is none of the password. */
function withoutNewline(password: Buffer): Buffer {
  let end = password.length;
  if (password[end - 1] === 0x0a) end -= 1;
  if (password[end - 1] === 0x0d) end -= 1;
  return password.subarray(0, end);
}
