import type { IncomingHttpHeaders } from 'node:http';
import { LONGEST_TARGET } from '../limits.ts';

/** On every answer, also on refusals. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), usb=(), serial=()',
};

export interface Knock {
  readonly method: string;
  /** Path and query as they came. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
}

export interface Refused {
  readonly status: 400 | 403 | 405 | 414 | 415 | 421;
  /** The fault of the request. */
  readonly error: string;
}

/**
 * The refusal of a request before anybody looks at its target, where there is one. A page of another site can have a
 * browser knock here; it can choose neither the name in `Host` (as after DNS rebinding) nor `Origin` nor
 * `Sec-Fetch-Site`. Pure.
 * @param port of the server
 */
export function refusal({ method, target, headers }: Knock, port: number): Refused | undefined {
  const host = headers.host ?? '';
  if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`) {
    return { status: 421, error: 'the console answers to 127.0.0.1 and localhost only' };
  }
  if (method !== 'GET' && method !== 'POST') return { status: 405, error: 'the console takes GET and POST only' };
  if (target.length > LONGEST_TARGET) return { status: 414, error: 'the address is too long' };
  const site = headers['sec-fetch-site'];
  const isOwnSite = site === undefined || site === 'same-origin';
  // `none`: a person typed the address
  const isOpened = site === 'none' || (site === 'cross-site' && isNavigation(headers)) || site === 'same-site';
  if (method === 'GET') {
    const isPage = target === '/' || target.startsWith('/?');
    return isOwnSite || (isPage && isOpened) ? undefined : FOREIGN;
  }
  if (headers.origin !== `http://${host}` || !isOwnSite) return FOREIGN;
  if (!/^application\/json(?:;|$)/.test(headers['content-type'] ?? '')) {
    return { status: 415, error: 'the request must be JSON' };
  }
  return undefined;
}

const FOREIGN: Refused = { status: 403, error: 'the console answers to its own page only' };

/** A link elsewhere that leads here: the browser shows what comes, and the page that had the link sees none of it. */
function isNavigation(headers: IncomingHttpHeaders): boolean {
  return headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
}
