import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { certificatesIn, endOfFiles } from '../../../../agent/link/renewal/certificates.ts';
import { makeCertificates } from '../../../support/certificates.ts';
import { newFolder } from '../../../support/folder.ts';

const DAY = 86_400_000;
const made = makeCertificates(await newFolder());
const ca = readFileSync(made.ca);
const client = readFileSync(made.client.cert);
const soon = readFileSync(made.clientFor(3).cert);
const days = (until: number) => Math.round((until - Date.now()) / DAY);

describe('the certificates of a file', () => {
  it('are read each with its time', () => {
    const found = certificatesIn(Buffer.concat([soon, ca]));
    expect(found.map(({ until }) => days(until))).toEqual([3, 30]);
    expect(found.every(({ from }) => from <= Date.now())).toBe(true);
  });

  it.each([
    ['none', Buffer.from('x')],
    ['a key alone', readFileSync(made.client.key)],
    ['one that is cut off', client.subarray(0, client.length - 40)],
    ['a whole one and one that is cut off', Buffer.concat([ca, client.subarray(0, 200)])],
    ['one whose bytes are none', Buffer.from('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')],
  ])('are refused where there is %s', (_, pem) => {
    expect(() => certificatesIn(pem)).toThrow();
  });
});

describe('the end', () => {
  const at = (until: number) => ({ from: 0, until });

  it('is that of the first of a chain to end, and of the last of the authorities', () => {
    expect(endOfFiles([at(9), at(5)], [at(2), at(8)])).toEqual({ end: 5, own: { from: 0, until: 5 } });
    expect(endOfFiles([at(9)], [at(2), at(8)]).end).toBe(8);
    expect(endOfFiles(undefined, [at(2)])).toEqual({ end: 2, own: undefined });
    expect(endOfFiles(undefined, undefined)).toEqual({ end: undefined, own: undefined });
  });
});
