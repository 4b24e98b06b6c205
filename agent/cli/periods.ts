import { type LoadedConfig, type LoadRequest, loadConfig } from '../../config/load.ts';

/** Of devices that are asked, milliseconds: the default, and longer ones for a slow or full line. */
const PERIODS = [undefined, 2000, 5000, 10_000, 60_000, 600_000];

/** The lines keep all periods, also while some of the devices are silent: a new config begins without such a warning. */
function keepsItsPeriods({ budgets }: LoadedConfig): boolean {
  return [...budgets.values()].every(({ slipping, tight }) => slipping.length + tight.length === 0);
}

/**
 * The shortest of the periods that the lines of a config keep.
 * @param text the config with this period for its devices
 * @param request where it will lie, and what it is loaded with
 * @returns milliseconds; undefined: the default. Where the lines keep none, the shortest with which the config is not refused
 */
export async function fittingPeriod(
  text: (pollMs: number | undefined) => string,
  request: Omit<LoadRequest, 'text'>,
): Promise<number | undefined> {
  const accepted: (number | undefined)[] = [];
  for (const pollMs of PERIODS) {
    const loaded = await loadConfig({ ...request, text: text(pollMs) });
    // a period that a full line can't keep at all is refused
    if (!loaded.ok) continue;
    if (keepsItsPeriods(loaded)) return pollMs;
    accepted.push(pollMs);
  }
  return accepted[0];
}
