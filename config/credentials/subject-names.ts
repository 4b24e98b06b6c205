import type { X509Certificate } from 'node:crypto';

/**
 * The common names (CN) of its subject, as they stand there; special characters of a name have a backslash before them.
 * Not by `toLegacyObject`: where that is called before `node:tls` is loaded, Node 20 leaves `node:tls` without
 * `createSecureContext`.
 */
export function commonNames({ subject }: Pick<X509Certificate, 'subject'>): readonly string[] {
  // a certificate may have no subject at all
  const parts = (subject ?? '').split(/\n| \+ /);
  return parts.filter((part) => part.startsWith('CN=')).map((part) => part.slice('CN='.length));
}
