import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { Finding } from '../problem.ts';
import { asText, get, type Mapping } from '../source/data.ts';
import { commonNames } from './subject-names.ts';

/** A chain of certificates is a few kilobytes; a system's whole bundle of authorities about 220 KB. */
const LONGEST_PEM = 1_048_576;
/** MQTT 5, 3.1.3.6: binary data has a length of two bytes. */
const LONGEST_PASSWORD = 65_535;
const LONGEST_PROXY_CREDENTIALS = 1024;
const CERTIFICATE = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]*-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;
/** U+FEFF in UTF-8 and in both forms of UTF-16. */
const MARKS = [Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])];

export interface Contents {
  readonly findings: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/** The fault of a file, in words that quote nothing of it; undefined where there is none. */
type Wrong = string | undefined;

/**
 * Looks into the files that a section names, before the broker does: a fault that it would only answer with a refusal
 * is named here.
 * @param root the config's data
 * @param files key of the section → path of a file that is there
 */
export async function checkContents(
  root: unknown,
  files: Mapping,
  section: 'mqtt' | 'sparkplug' = 'mqtt',
): Promise<Contents> {
  const findings: Finding[] = [];
  const warnings: Finding[] = [];
  const refuse = (key: string, message: Wrong) => {
    if (message !== undefined) findings.push({ path: [section, key], message });
  };
  const contentOf = async (key: string, longest: number): Promise<Buffer | undefined> => {
    const path = asText(get(files, key));
    const content = path === undefined ? undefined : await readBounded(path, longest);
    if (typeof content !== 'string') return content;
    refuse(key, content);
    return undefined;
  };

  const password = await contentOf('passwordFile', LONGEST_PASSWORD);
  if (password !== undefined) {
    refuse('passwordFile', judgePassword(password));
    if (hasBlankEnds(password)) {
      const message = 'begins or ends with a blank, which counts as part of the password';
      warnings.push({ path: [section, 'passwordFile'], message });
    }
  }
  const proxy = await contentOf('proxyCredentialsFile', LONGEST_PROXY_CREDENTIALS);
  if (proxy !== undefined) refuse('proxyCredentialsFile', judgePassword(proxy) ?? judgeProxyCredentials(proxy));
  const ca = await contentOf('caFile', LONGEST_PEM);
  if (ca !== undefined) refuse('caFile', judgeCertificates(ca));
  const cert = await contentOf('certFile', LONGEST_PEM);
  const wrong = cert && judgeCertificates(cert);
  refuse('certFile', wrong);
  const key = await contentOf('keyFile', LONGEST_PEM);
  const privateKey = key && readKey(key);
  if (typeof privateKey === 'string') refuse('keyFile', privateKey);

  if (cert === undefined || wrong !== undefined) return { findings, warnings };
  const certificate = new X509Certificate(cert);
  if (typeof privateKey === 'object' && !certificate.checkPrivateKey(privateKey)) {
    refuse('keyFile', 'does not belong to the certificate in certFile, the first one where that holds several');
  }
  const gateway = asText(get(root, 'gateway'));
  if (section === 'mqtt' && gateway !== undefined && !isNamed(certificate, gateway)) {
    const message =
      'its common name (CN) is not the name of the gateway: a broker that takes it for the user name, as that of systemd/broker does, denies all topics of this gateway';
    warnings.push({ path: ['mqtt', 'certFile'], message });
  }
  return { findings, warnings };
}

/** Pure. One line end at the end is none of the password. */
function judgePassword(content: Buffer): Wrong {
  if (MARKS.some((mark) => content.subarray(0, mark.length).equals(mark))) {
    return 'begins with a byte order mark: save it as plain text without one';
  }
  const line = withoutLineEnd(content);
  if (line.toString('latin1').trim() === '') return 'holds no password';
  if (line.includes(0x0a) || line.includes(0x0d)) return 'has more than one line: it must hold the password alone';
  return undefined;
}

/** Pure. RFC 7617, 2: everything behind the first colon is the password. */
function judgeProxyCredentials(content: Buffer): Wrong {
  return content.indexOf(':') > 0 ? undefined : 'must be USER:PASSWORD';
}

/** Pure. */
function judgeCertificates(content: Buffer): Wrong {
  const text = content.toString('latin1');
  const found = text.match(CERTIFICATE) ?? [];
  for (const [index, pem] of found.entries()) {
    if (!canBeRead(() => new X509Certificate(pem))) return `its certificate number ${index + 1} can not be read`;
  }
  if ((text.match(/-----BEGIN [A-Z0-9 ]*CERTIFICATE-----/g) ?? []).length > found.length) {
    return 'holds a certificate that is cut off';
  }
  if (found.length > 0) return undefined;
  if (text.includes('PRIVATE KEY-----')) return 'holds a private key and no certificate';
  if (text.includes('CERTIFICATE REQUEST-----')) return 'holds a request, not the certificate that was made from it';
  if (canBeRead(() => new X509Certificate(content))) return 'is binary (DER): turn it into PEM';
  return 'holds no certificate (BEGIN CERTIFICATE)';
}

/** Pure. The key, or its fault. */
function readKey(content: Buffer): KeyObject | string {
  const text = content.toString('latin1');
  if (text.includes('ENCRYPTED')) return 'is locked by a passphrase, which nobody can type in: store it without one';
  if (!text.includes('PRIVATE KEY-----')) {
    return text.includes('CERTIFICATE-----')
      ? 'holds a certificate and no private key'
      : 'holds no private key in PEM (BEGIN PRIVATE KEY)';
  }
  try {
    return createPrivateKey(content);
  } catch {
    return 'holds a private key that can not be read';
  }
}

/** A broker takes the one name that there is; of several nobody knows which. */
function isNamed(certificate: X509Certificate, gateway: string): boolean {
  const names = commonNames(certificate);
  return names.length === 1 && names[0] === gateway;
}

function canBeRead(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}

function hasBlankEnds(password: Buffer): boolean {
  const line = withoutLineEnd(password);
  return [line[0], line.at(-1)].some((byte) => byte === 0x20 || byte === 0x09);
}

function withoutLineEnd(content: Buffer): Buffer {
  let end = content.length;
  if (content[end - 1] === 0x0a) end -= 1;
  if (content[end - 1] === 0x0d) end -= 1;
  return content.subarray(0, end);
}

/** The bytes, or the file's fault; undefined where it went away meanwhile, which the next start finds. */
export async function readBounded(path: string, longest: number): Promise<Buffer | string | undefined> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      if (size === 0) return 'is empty';
      if (size > longest) return `is longer than ${longest} bytes`;
      const { buffer, bytesRead } = await file.read(Buffer.alloc(size), 0, size, 0);
      return bytesRead === 0 ? 'is empty' : buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}
