import { readFileSync } from 'node:fs';
import { makeCertificates } from '../support/certificates.ts';
import { newFolder } from '../support/folder.ts';

export interface PemFiles {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Texts of an authority, and of a certificate of it with its key. */
export async function pemFiles(): Promise<PemFiles> {
  const { ca, client } = makeCertificates(await newFolder());
  return {
    ca: readFileSync(ca, 'utf8'),
    cert: readFileSync(client.cert, 'utf8'),
    key: readFileSync(client.key, 'utf8'),
  };
}
