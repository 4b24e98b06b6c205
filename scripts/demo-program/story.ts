/** One round of the show, in milliseconds from its start. It begins anew after {@link ROUND}. */
export const UNPLUG_AT = 8000;
export const RETURN_AT = 14_000;
export const ROUND = 40_000;

export interface Scene {
  readonly gpsPlugged: boolean;
  /** The sights of the watcher, in a few sentences. */
  readonly legend: readonly string[];
}

/** The scene after so long. Pure. */
export function sceneAt(elapsed: number, endsAfter: number | undefined): Scene {
  const at = elapsed % ROUND;
  const gpsPlugged = at < UNPLUG_AT || at >= RETURN_AT;
  const seconds = (ms: number) => `${Math.ceil(Math.max(0, ms) / 1000)} s`;
  const ago = (ms: number) => `${Math.floor(ms / 1000)} s ago`;
  const [now, next]: readonly [string, string] =
    at < UNPLUG_AT
      ? [
          'Two meters share an RS-485 line; the others have a line of their own.',
          `In ${seconds(UNPLUG_AT - at)} the GPS is unplugged.`,
        ]
      : at < RETURN_AT
        ? [
            `The GPS was unplugged ${ago(at - UNPLUG_AT)}: it is offline, and all others go on.`,
            `It is plugged in again in ${seconds(RETURN_AT - at)}; nobody tells the agent.`,
          ]
        : [
            `The GPS was plugged in again ${ago(at - RETURN_AT)}: the agent found it by itself.`,
            `It is unplugged once more in ${seconds(ROUND + UNPLUG_AT - at)}.`,
          ];
  const end = endsAfter === undefined ? 'Ctrl-C ends the demo.' : `The demo ends in ${seconds(endsAfter - elapsed)}.`;
  return { gpsPlugged, legend: [now, `${next} ${end}`] };
}
