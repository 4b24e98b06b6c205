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

/** `localhost`, 127.0.0.0/8 and ::1: traffic to them never leaves this machine. */
export function isLoopback(host: string): boolean {
  return host.toLowerCase() === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

export interface BrokerUrl {
  readonly secure: boolean;
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** Where its WebSocket is; undefined: MQTT goes straight over TCP or TLS. */
  readonly path?: string | undefined;
}

const AUTHORITY = '(?:\\[([0-9A-Fa-f:.]{2,45})\\]|([A-Za-z0-9.-]{1,253}))(?::([0-9]{1,5}))?';
const BROKER_URL = new RegExp(`^(mqtts?|wss?)://${AUTHORITY}(/[A-Za-z0-9._~/-]{0,255})?$`);
const COLLECTOR_URL = /^(https?):\/\/(?:\[([^\]@?#]+)\]|([^/:@?#[\]]+))(?::(\d{1,5}))?(?:\/[A-Za-z0-9._~/-]{0,1024})?$/;
const PROXY_URL = new RegExp(`^http://${AUTHORITY}/?$`);
const PORTS: Readonly<Record<string, number>> = { mqtt: 1883, mqtts: 8883, ws: 80, wss: 443 };

/** The parts of `mqtts://HOST:PORT` or `wss://HOST:PORT/PATH`, or undefined for any other form: no credentials, no query. */
export function parseBrokerUrl(url: string): BrokerUrl | undefined {
  const [, scheme = '', bracketed, plain, port, path = '/'] = BROKER_URL.exec(url) ?? [];
  const place = placeOf(bracketed, plain, port, PORTS[scheme] ?? 0);
  if (place === undefined) return undefined;
  const isWebSocket = scheme.startsWith('ws');
  if (!isWebSocket && path !== '/') return undefined;
  const secure = scheme === 'mqtts' || scheme === 'wss';
  return { secure, ...place, ...(isWebSocket && { path }) };
}

/** The parts of `http://HOST:PORT`, or undefined for any other form. */
export function parseProxyUrl(url: string): { readonly host: string; readonly port: number } | undefined {
  const [, bracketed, plain, port] = PROXY_URL.exec(url) ?? [];
  return placeOf(bracketed, plain, port, 80);
}

/** The parts of `http://HOST:PORT/PATH` or https, or undefined for any other form. */
export function parseCollectorUrl(url: string): { readonly secure: boolean; readonly host: string } | undefined {
  const [, scheme, bracketed, plain, port] = COLLECTOR_URL.exec(url) ?? [];
  const place = placeOf(bracketed, plain, port, 443);
  return place && { secure: scheme === 'https', host: place.host };
}

function placeOf(
  bracketed: string | undefined,
  plain: string | undefined,
  port: string | undefined,
  usual: number,
): { readonly host: string; readonly port: number } | undefined {
  const host = bracketed ?? plain;
  if (host === undefined) return undefined;
  if (bracketed === undefined ? !isHost(host) || isIPv6(host) : !isIPv6(host)) return undefined;
  if (port !== undefined && !(Number(port) >= 1 && Number(port) <= 65_535)) return undefined;
  return { host, port: port === undefined ? usual : Number(port) };
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
