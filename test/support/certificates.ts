import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** Paths of PEM files, made anew for each run by openssl. */
export interface Certificates {
  readonly ca: string;
  /** An authority that signed none of these. */
  readonly otherCa: string;
  /** For localhost and 127.0.0.1. */
  readonly server: Pair;
  readonly expired: Pair;
  /** For another name only. */
  readonly wrongName: Pair;
  readonly client: Pair;
  /** A client of the other authority. */
  readonly strangeClient: Pair;
  /** Another client's with a key of its own, valid for so many days. */
  clientFor(days: number): Pair;
  /** A server's that is valid from ten days on; made when it is asked for, because it takes faketime. */
  early(): Pair;
}

/** @param local names and addresses of the servers */
export function makeCertificates(directory: string, local = 'DNS:localhost,IP:127.0.0.1'): Certificates {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
  const file = (name: string) => join(directory, name);
  const newKey = (name: string) =>
    openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${name}.key`);
  const authority = (name: string): string => {
    newKey(name);
    openssl(
      'req',
      '-x509',
      '-new',
      '-key',
      `${name}.key`,
      '-subj',
      `/CN=${name}`,
      '-days',
      '30',
      '-out',
      `${name}.pem`,
    );
    return file(`${name}.pem`);
  };
  const signed = (name: string, by: string, altNames: string, days: number, clock = '+0d'): Pair => {
    newKey(name);
    openssl('req', '-new', '-key', `${name}.key`, '-subj', `/CN=${name}`, '-out', `${name}.csr`);
    writeFileSync(file(`${name}.ext`), altNames === '' ? '' : `subjectAltName=${altNames}\n`);
    const authorityFiles = ['-CA', `${by}.pem`, '-CAkey', `${by}.key`, '-CAcreateserial'];
    const request = ['-in', `${name}.csr`, '-days', String(days), '-extfile', `${name}.ext`, '-out', `${name}.pem`];
    const words = ['x509', '-req', ...authorityFiles, ...request];
    if (clock === '+0d') openssl(...words);
    else execFileSync('faketime', ['-f', clock, 'openssl', ...words], { cwd: directory, stdio: 'pipe' });
    return { cert: file(`${name}.pem`), key: file(`${name}.key`) };
  };
  const ca = authority('ca');
  const otherCa = authority('other-ca');
  return {
    ca,
    otherCa,
    server: signed('server', 'ca', local, 30),
    expired: signed('expired', 'ca', local, -1),
    wrongName: signed('wrong-name', 'ca', 'DNS:broker.invalid', 30),
    client: signed('client', 'ca', '', 30),
    strangeClient: signed('strange-client', 'other-ca', '', 30),
    clientFor: (days) => signed(`client-${days}`, 'ca', '', days),
    early: () => signed('early', 'ca', local, 30, '+10d'),
  };
}
