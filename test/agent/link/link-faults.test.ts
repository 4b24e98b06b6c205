import { describe, expect, test } from 'vitest';
import { faultOfAck, faultOfConnack, faultOfDisconnect, faultOfSocket } from '../../../agent/link/link-faults.ts';

const socketError = (code: string) => Object.assign(new Error('secret-text'), { code });

describe('what went wrong with the broker is told by', () => {
  test.each([
    ['ECONNREFUSED', 'link/unreachable'],
    ['EHOSTUNREACH', 'link/unreachable'],
    ['ENOTFOUND', 'link/name'],
    ['EAI_AGAIN', 'link/name'],
    ['ETIMEDOUT', 'link/timeout'],
    ['ECONNRESET', 'link/lost'],
    ['EPIPE', 'link/lost'],
    ['CERT_HAS_EXPIRED', 'link/certificate-expired'],
    ['CERT_NOT_YET_VALID', 'link/certificate-early'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'link/certificate-untrusted'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'link/certificate-untrusted'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'link/certificate-untrusted'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'link/certificate-name'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'link/credentials'],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'link/credentials'],
    ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', 'link/credentials'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'link/tls'],
    ['EPROTO', 'link/tls'],
    ['SOMETHING_NEW', 'link/lost'],
    ['constructor', 'link/lost'],
    ['__proto__', 'link/lost'],
  ])('the error code %s: %s', (code, fault) => {
    expect(faultOfSocket(socketError(code)).code).toBe(fault);
  });

  test('the first of several addresses that all failed', () => {
    expect(faultOfSocket(new AggregateError([socketError('ECONNREFUSED')])).code).toBe('link/unreachable');
    expect(faultOfSocket(new AggregateError([])).code).toBe('link/lost');
  });

  test.each([undefined, null, 'ECONNREFUSED', { code: 'ECONNREFUSED' }, new Error('ECONNREFUSED')])(
    'nothing that is no coded error (%s)',
    (thrown) => {
      expect(faultOfSocket(thrown).code).toBe('link/lost');
    },
  );

  test.each([
    [1, 'link/refused'],
    [2, 'link/refused'],
    [3, 'link/refused'],
    [4, 'link/credentials'],
    [5, 'link/credentials'],
    [133, 'link/refused'],
    [134, 'link/credentials'],
    [135, 'link/credentials'],
    [136, 'link/refused'],
    [255, 'link/refused'],
  ])('the reason %i of a refused connection: %s', (reason, fault) => {
    expect(faultOfConnack(reason)).toMatchObject({ code: fault, facts: { reason } });
  });

  test.each([
    [0, 'link/lost'],
    [139, 'link/lost'],
    [141, 'link/timeout'],
    [142, 'link/taken-over'],
    [149, 'link/too-large'],
  ])('the reason %i of a goodbye: %s', (reason, fault) => {
    expect(faultOfDisconnect(reason).code).toBe(fault);
  });

  test.each([
    [128, 'link/rejected'],
    [135, 'link/denied'],
    [149, 'link/too-large'],
    [151, 'link/rejected'],
    [153, 'link/too-large'],
  ])('the reason %i of a refused message: %s', (reason, fault) => {
    expect(faultOfAck(reason).code).toBe(fault);
  });
});
