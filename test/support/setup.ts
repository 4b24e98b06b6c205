import { afterAll, vi } from 'vitest';
import { removeFolders } from './folder.ts';
import { PATIENCE_MS } from './patience.ts';
import { givenSeed } from './seed.ts';

// It runs before each test file, and several files share a process: its changes are made once.
const { waitFor, waitUntil } = vi;
if (!('isPatient' in waitFor)) {
  // Vitest gives a condition one second unless each call says otherwise, and a busy machine may need many. The limit only ends
  // a test that would hang, so it is the same for all.
  const patient = (given: Parameters<typeof waitFor>[1]) => ({
    interval: 5,
    ...(typeof given === 'object' && given),
    timeout: PATIENCE_MS,
  });
  vi.waitFor = Object.assign((...[look, given]: Parameters<typeof waitFor>) => waitFor(look, patient(given)), {
    isPatient: true,
  }) as typeof waitFor;
  vi.waitUntil = (look, given) => waitUntil(look, patient(given));
}

// fast-check tells the seed of a run that fails.
const seed = givenSeed();
if (seed !== undefined) (await import('fast-check')).configureGlobal({ seed });

afterAll(removeFolders);
