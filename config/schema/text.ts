import { isIPv4, isIPv6 } from 'node:net';
import { z } from 'zod';

const HOST_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}))*\.?$/;

/** A name of labels (RFC 1123) or an address; an IPv6 address without brackets. */
function isHost(host: string): boolean {
  if (host.length > 253) return false;
  if (isIPv4(host) || isIPv6(host)) return true;
  // A last label of digits only would be read as a mistyped IPv4 address.
  return HOST_NAME.test(host) && !/(?:^|\.)[0-9]+\.?$/.test(host);
}

/** `localhost`, 127.0.0.0/8 and ::1: what never leaves this machine. */
export function isLoopback(host: string): boolean {
  return host.toLowerCase() === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

export interface BrokerUrl {
  readonly secure: boolean;
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
}

/** The parts of `mqtts://HOST:PORT`, or undefined for any other form: no credentials, no path, no query. */
export function parseBrokerUrl(url: string): BrokerUrl | undefined {
  const parts = /^(mqtts?):\/\/(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9.-]{1,253}))(?::([0-9]{1,5}))?\/?$/.exec(url);
  if (parts === null) return undefined;
  const [, scheme, bracketed, plain, port] = parts;
  const host = bracketed ?? plain ?? '';
  if (bracketed === undefined ? !isHost(host) || isIPv6(host) : !isIPv6(host)) return undefined;
  if (port !== undefined && !(Number(port) >= 1 && Number(port) <= 65_535)) return undefined;
  const secure = scheme === 'mqtts';
  return { secure, host, port: port === undefined ? (secure ? 8_883 : 1_883) : Number(port) };
}

/** Whether a path is plain: no empty, `.` or `..` segment, no control character, of a length that Linux takes. */
function isPlainPath(path: string): boolean {
  if (path.length > 4_095 || /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(path)) return false;
  return path
    .replace(/^\//, '')
    .split('/')
    .every((segment) => segment !== '' && segment !== '.' && segment !== '..' && segment.length <= 255);
}

/** A file name that is looked up among the credentials and beside the config, or an absolute path. */
export function filePath() {
  return z
    .string({ error: 'must be text' })
    .refine(isPlainPath, { error: 'must be a plain path: no empty, . or .. segment, no control character' });
}

export function absolutePath() {
  return z
    .string({ error: 'must be text' })
    .refine((path) => path.startsWith('/') && path !== '/' && isPlainPath(path), {
      error: 'must be an absolute path: no empty, . or .. segment, no control character',
    });
}

export function host() {
  return z.string({ error: 'must be text' }).refine(isHost, { error: 'must be a host name or an IP address' });
}

export function flag() {
  return z.boolean({ error: 'must be true or false' });
}
