import type { Trust } from '../bus/member.ts';
import { grown } from '../clock/backoff.ts';
import type { Health } from './snapshot.ts';

/** How a device that is asked has answered lately. */
export interface Standing {
  /** Polls in a row that brought no answer. */
  readonly failures: number;
  /** `null`: no verdict yet. */
  readonly online: boolean | null;
  /** Milliseconds until an offline device is asked again; 0 while it is not offline. */
  readonly probeAfter: number;
  /** An answer to its next question is expected. */
  readonly expected: boolean;
}

/** The word for it in the status. */
export function healthOf(paused: boolean, online: boolean | null): Exclude<Health, 'unloaded'> {
  if (paused) return 'paused';
  if (online === null) return 'starting';
  return online ? 'online' : 'offline';
}

/**
 * A device that fell silent is only asked within a share of the line. One that merely lost its line is not held to that,
 * nor is one whose answers are damaged, until it is offline.
 */
export function trustIn({ expected, online }: Standing): Trust {
  if (expected) return 'trusted';
  return online === false ? 'offline' : 'doubted';
}

export interface HealthLimits {
  readonly offlineAfter: number;
  readonly probeMin: number;
  readonly probeMax: number;
}

export const UNKNOWN: Standing = Object.freeze({ failures: 0, online: null, probeAfter: 0, expected: true });

const GOOD: Standing = Object.freeze({ failures: 0, online: true, probeAfter: 0, expected: true });

/** It answered, be it with an exception: it is there, and asked at its own pace again. */
export function answered(): Standing {
  return GOOD;
}

/**
 * A poll that brought nothing. After `offlineAfter` in a row it is offline, and probes come at doubling intervals between the
 * bounds.
 * @param heard it said something: it is there, and its answers were damaged
 */
export function unanswered(standing: Standing, limits: HealthLimits, heard = false): Standing {
  const failures = standing.failures + 1;
  if (failures < limits.offlineAfter && standing.online !== false) return { ...standing, failures, expected: heard };
  const probeAfter = grown(
    standing.probeAfter === 0 ? undefined : standing.probeAfter,
    limits.probeMin,
    limits.probeMax,
  );
  return { failures, online: false, probeAfter, expected: false };
}

/** It answered outside its polls: the next one comes at once, after any earlier failures. */
export function seen(standing: Standing): Standing {
  return { ...standing, failures: 0, probeAfter: 0, expected: true };
}

/** Offline for another reason than its silence, as a line that is gone: asked at its own pace as soon as that is over. */
export function withoutUse(): Standing {
  return { failures: 0, online: false, probeAfter: 0, expected: true };
}
