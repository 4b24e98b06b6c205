import { mkdtempSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** All folders of the test file that runs now. */
let all: string | undefined;

/** A new, empty folder; gone when the file's last test is over. */
export function newFolder(): Promise<string> {
  all ??= mkdtempSync(join(tmpdir(), 'fieldward-test-'));
  return mkdtemp(join(all, 'f-'));
}

/** Of this test file. */
export function removeFolders(): void {
  if (all !== undefined) rmSync(all, { recursive: true, force: true, maxRetries: 10 });
  all = undefined;
}
