import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The variables that make a program's wall clock follow a file that holds an offset in seconds: `+3600`. Its monotonic
 * clock is left alone.
 */
export function fakeTime(file: string): Readonly<Record<string, string>> {
  return {
    LD_PRELOAD: libfaketime(),
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
}

/** Debian puts it under the machine's own triplet. */
function libfaketime(): string {
  const places = readdirSync('/usr/lib').map((name) => join('/usr/lib', name, 'faketime'));
  const holds = (folder: string) => {
    try {
      return readdirSync(folder).includes('libfaketime.so.1');
    } catch {
      return false;
    }
  };
  return join(places.find(holds) ?? '', 'libfaketime.so.1');
}
