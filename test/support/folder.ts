import { mkdtempSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** All folders of one test file; gone when the file's last test is over. */
const all = mkdtempSync(join(tmpdir(), 'fieldward-test-'));

afterAll(() => rmSync(all, { recursive: true, force: true, maxRetries: 10 }));

/** A new, empty folder. */
export function newFolder(): Promise<string> {
  return mkdtemp(join(all, 'f-'));
}
