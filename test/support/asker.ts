import type { Asker } from '../../agent/bus/dialogue/inquiry.ts';

/** A device that remembers nothing. */
export function asker(id = 'meter'): Asker {
  return { id, memory: undefined, keep: () => undefined, forget: () => undefined };
}
