import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkout } from '../../scripts/testbed/place.ts';

describe('scripts/package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fieldward-packages-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  /** @returns the sums of what it made */
  const build = (name: string) => {
    execFileSync(join(checkout(), 'scripts/package'), ['--out', join(folder, name), '--without-node'], {
      stdio: 'pipe',
      env: { ...process.env, SOURCE_DATE_EPOCH: '1700000000', ...(name === 'b' ? { TZ: 'Asia/Tokyo' } : {}) },
    });
    return readFileSync(join(folder, name, 'SHA256SUMS'), 'utf8');
  };

  it('gives the same bytes twice', () => {
    const sums = build('a');
    expect(sums.match(/\.deb$/gm)).toHaveLength(3);
    expect(build('b')).toBe(sums);
  });

  it.skipIf(!existsSync('/usr/bin/lintian'))('makes packages that lintian has nothing against', () => {
    const deb = readdirSync(join(folder, 'a')).find((name) => name.endsWith('_amd64.deb')) ?? '';
    const said = execFileSync('lintian', ['--allow-root', '--fail-on', 'error,warning', join(folder, 'a', deb)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    expect(said).toBe('');
  });
});
