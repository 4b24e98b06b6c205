import { vi } from 'vitest';
import { PATIENCE_MS } from './patience.ts';

// Vitest gives a condition one second unless each call says otherwise, and a busy machine may need many. The limit only ends a
// test that would hang, so it is the same for all.
const { waitFor, waitUntil } = vi;
const patient = (given: Parameters<typeof waitFor>[1]) => ({
  interval: 5,
  ...(typeof given === 'object' && given),
  timeout: PATIENCE_MS,
});
vi.waitFor = (look, given) => waitFor(look, patient(given));
vi.waitUntil = (look, given) => waitUntil(look, patient(given));
