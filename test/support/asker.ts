import type { Asker } from '../../agent/bus/inquiry.ts';

/** A device that remembers nothing. */
export function asker(id = 'meter'): Asker {
  return { id, memory: undefined, keep: () => undefined, forget: () => undefined };
}
