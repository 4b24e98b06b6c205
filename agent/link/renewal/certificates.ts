import { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { Fault } from '../../../drivers/contract/fault.ts';
import type { Clock } from '../../clock/clock.ts';

/** When a certificate is valid: milliseconds since 1970. */
export interface Validity {
  readonly from: number;
  readonly until: number;
}

const BEGIN = /-----BEGIN [A-Z0-9 ]*CERTIFICATE-----/g;
const WHOLE = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]*-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;
/** A chain that OpenSSL checks is no deeper than a hundred; real ones have two to five. */
const LONGEST_CHAIN = 16;

/**
 * The validity of each certificate of a PEM file, in its order. Pure.
 * @throws Fault `config/credential` where there is none or one is cut off; OpenSSL's own error where one can't be read
 */
export function certificatesIn(pem: Buffer): readonly Validity[] {
  const text = pem.toString('latin1');
  const found = text.match(WHOLE) ?? [];
  if (found.length === 0 || found.length !== text.match(BEGIN)?.length) throw new Fault('config/credential');
  return found.map((each) => validityOf(new X509Certificate(each)));
}

/**
 * The end by the files: every certificate of the gateway's own chain is needed, and of the authorities any one may be
 * the one that signs, so that the last of these counts. While the authority changes, its file holds the old one too.
 */
export function endOfFiles(
  chain: readonly Validity[] | undefined,
  authorities: readonly Validity[] | undefined,
): { readonly end: number | undefined; readonly own: Validity | undefined } {
  const ends = chain?.map(({ until }) => until) ?? [];
  if (authorities !== undefined) ends.push(Math.max(...authorities.map(({ until }) => until)));
  const own = chain && {
    from: Math.max(...chain.map(({ from }) => from)),
    until: Math.min(...chain.map(({ until }) => until)),
  };
  return { end: ends.length === 0 ? undefined : Math.min(...ends), own };
}

/**
 * When the first certificate of the broker's chain ends, as it was shown; undefined without TLS. One that has ended
 * already was not needed, for the connection was let through: a server may show more than its client trusts.
 */
export function endOfPeer(socket: Socket, clock: Pick<Clock, 'wall'>): number | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const ends: number[] = [];
  let certificate = socket.getPeerX509Certificate();
  for (let depth = 0; certificate !== undefined && depth < LONGEST_CHAIN; depth += 1) {
    const { until } = validityOf(certificate);
    if (until > clock.wall()) ends.push(until);
    certificate = certificate.issuerCertificate;
  }
  return ends.length === 0 ? undefined : Math.min(...ends);
}

function validityOf({ validFrom, validTo }: X509Certificate): Validity {
  return { from: Date.parse(validFrom), until: Date.parse(validTo) };
}
