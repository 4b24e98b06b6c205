import { request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import { Fault } from '../../drivers/contract/fault.ts';
import type { CollectorAnswer } from './answer.ts';

export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** PEM of the authority; undefined: those that Node knows. */
  readonly ca: Buffer | undefined;
}

/** A collector answers with a few bytes. */
const LONGEST_ANSWER = 65_536;
/** Of names and headers. */
const LONGEST_HEAD = 16_384;
const UNTRUSTED = /^(CERT_|ERR_TLS_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|ERR_SSL|EPROTO)/;

/**
 * One POST on a connection of its own, without redirects. With TLS the certificate is checked, whatever the environment
 * asks for.
 * @param signal ends it
 * @throws Fault `metrics/unreachable`, `metrics/tls`, `metrics/refused` (an answer that is too long),
 *   `internal/cancelled`
 */
export function post({ url, headers, body, ca }: Post, signal: AbortSignal): Promise<CollectorAnswer> {
  const bytes = Buffer.from(body);
  const request = url.startsWith('https:') ? requestTls : requestPlain;
  return new Promise((resolve, reject) => {
    const fail = (thrown: unknown) => reject(thrown instanceof Fault ? thrown : faultOf(thrown, signal));
    const sent = request(url, {
      ...{ method: 'POST', agent: false, signal, rejectUnauthorized: true, ca, minVersion: 'TLSv1.2' },
      maxHeaderSize: LONGEST_HEAD,
      headers: { ...headers, 'content-type': 'application/json', 'content-length': bytes.length },
    });
    sent.on('error', fail);
    sent.on('response', (response) => {
      const parts: Buffer[] = [];
      let length = 0;
      response.on('error', fail);
      response.on('data', (part: Buffer) => {
        length += part.length;
        parts.push(part);
        if (length > LONGEST_ANSWER) sent.destroy(new Fault('metrics/refused'));
      });
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response;
        resolve({ status, retryAfter: headers['retry-after'], body: Buffer.concat(parts).toString() });
      });
    });
    sent.end(bytes);
  });
}

function faultOf(thrown: unknown, signal: AbortSignal): Fault {
  if (signal.aborted) return new Fault('internal/cancelled');
  const code = thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
  return new Fault(UNTRUSTED.test(code) ? 'metrics/tls' : 'metrics/unreachable', undefined, thrown);
}
