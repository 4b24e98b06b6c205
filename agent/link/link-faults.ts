import { Fault } from '../../drivers/contract/fault.ts';
import type { FaultCode } from '../../drivers/contract/faults.ts';
import { STANDS_FOR_TOO_LARGE } from './connection/inbound-gate.ts';

/** Codes of Node's sockets and resolver, and OpenSSL's names for what is wrong with a certificate (X509_V_ERR_…). */
const BY_NAME: Readonly<Record<string, FaultCode>> = {
  ECONNREFUSED: 'link/unreachable',
  EHOSTUNREACH: 'link/unreachable',
  ENETUNREACH: 'link/unreachable',
  EHOSTDOWN: 'link/unreachable',
  ENETDOWN: 'link/unreachable',
  EADDRNOTAVAIL: 'link/unreachable',
  EACCES: 'link/unreachable',
  EPERM: 'link/unreachable',
  ENOTFOUND: 'link/name',
  EAI_AGAIN: 'link/name',
  EAI_FAIL: 'link/name',
  EAI_NODATA: 'link/name',
  EAI_NONAME: 'link/name',
  ETIMEDOUT: 'link/timeout',
  ECONNRESET: 'link/lost',
  EPIPE: 'link/lost',
  CERT_HAS_EXPIRED: 'link/certificate-expired',
  CERT_NOT_YET_VALID: 'link/certificate-early',
  CRL_HAS_EXPIRED: 'link/certificate-expired',
  UNABLE_TO_GET_ISSUER_CERT: 'link/certificate-untrusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'link/certificate-untrusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'link/certificate-untrusted',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'link/certificate-untrusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'link/certificate-untrusted',
  CERT_SIGNATURE_FAILURE: 'link/certificate-untrusted',
  CERT_UNTRUSTED: 'link/certificate-untrusted',
  CERT_REJECTED: 'link/certificate-untrusted',
  CERT_REVOKED: 'link/certificate-untrusted',
  CERT_CHAIN_TOO_LONG: 'link/certificate-untrusted',
  INVALID_CA: 'link/certificate-untrusted',
  INVALID_PURPOSE: 'link/certificate-untrusted',
  HOSTNAME_MISMATCH: 'link/certificate-name',
  ERR_TLS_CERT_ALTNAME_INVALID: 'link/certificate-name',
};

/** The broker did not like our certificate: TLS alerts 42 to 48 and 116 (RFC 8446, 6.2). */
const CERTIFICATE_ALERT =
  /ALERT_(BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_(REVOKED|EXPIRED|UNKNOWN|REQUIRED)|UNKNOWN_CA|ACCESS_DENIED)$/;

/** CONNACK: MQTT 3.1.1 table 3.1 (1 to 5) and MQTT 5 3.2.2.2 (128 and above). */
const BY_CONNACK: Readonly<Record<number, FaultCode>> = {
  4: 'link/credentials',
  5: 'link/credentials',
  134: 'link/credentials',
  135: 'link/credentials',
  138: 'link/credentials',
  140: 'link/credentials',
};

/** DISCONNECT from the broker: MQTT 5 3.14.2.1. */
const BY_DISCONNECT: Readonly<Record<number, FaultCode>> = {
  135: 'link/credentials',
  141: 'link/timeout',
  142: 'link/taken-over',
  149: 'link/too-large',
};

/** PUBACK and SUBACK: MQTT 5 3.4.2.1 and 3.9.3; 128 is all that MQTT 3.1.1 knows. */
const BY_ACK: Readonly<Record<number, FaultCode>> = {
  128: 'link/rejected',
  135: 'link/denied',
  149: 'link/too-large',
  [STANDS_FOR_TOO_LARGE]: 'link/too-large',
};

/** The fault on the way to the broker, from the error's code alone. */
export function faultOfSocket(error: unknown): Fault {
  return new Fault(codeOfSocket(error), undefined, error);
}

export function faultOfConnack(reason: number): Fault {
  return new Fault(BY_CONNACK[reason] ?? 'link/refused', { reason });
}

export function faultOfDisconnect(reason: number): Fault {
  return new Fault(BY_DISCONNECT[reason] ?? 'link/lost', { reason });
}

export function faultOfAck(reason: number): Fault {
  return new Fault(BY_ACK[reason] ?? 'link/rejected', { reason });
}

function codeOfSocket(error: unknown): FaultCode {
  const name = nameOf(error);
  const known = Object.hasOwn(BY_NAME, name) ? BY_NAME[name] : undefined;
  if (known !== undefined) return known;
  if (CERTIFICATE_ALERT.test(name)) return 'link/credentials';
  return name.startsWith('ERR_SSL') || name.startsWith('ERR_TLS') || name === 'EPROTO' ? 'link/tls' : 'link/lost';
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  // several addresses were tried, and each failed
  return error instanceof AggregateError ? nameOf(error.errors[0]) : '';
}
