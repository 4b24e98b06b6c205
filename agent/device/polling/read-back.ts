import { milliseconds } from '../../../drivers/contract/duration.ts';
import { Fault, toFault, toSafeError } from '../../../drivers/contract/fault.ts';
import type { Sample, Value } from '../../../drivers/contract/reading.ts';
import type { Clock } from '../../clock/clock.ts';
import type { WriteResult } from '../control.ts';

/**
 * A device may give the old value back for a moment: it stores the new one, or its own cycle has to come round. After
 * this pause it is read once more, and only then does a value that differs count. A second is longer than the cycles of
 * controllers and the writing of memories, and short beside the time for which somebody waits for a reply.
 */
export const SECOND_LOOK = milliseconds(1_000);

export interface ReadBackSetup {
  readonly clock: Clock;
  /** Points that do not read as they were written: they are not judged. */
  readonly exempt: ReadonlySet<string>;
  /** As many of these points as can be read, and why the others can not. Never rejects. */
  readonly look: (names: readonly string[], signal: AbortSignal) => Promise<Look>;
  /** Whether a value that was read is what the write leaves in the device; a fault where that can't be told. */
  readonly agrees: (name: string, written: Value, read: Sample) => boolean | Fault;
}

export interface Look {
  readonly samples: readonly Sample[];
  readonly fault?: Fault | undefined;
}

/**
 * The outcome of a write that the device has confirmed. `verified`: every point reads as written; `failed`: one of them
 * keeps another value, also a second later; `applied`: none is known to differ, and not all could be read, or a device
 * does not know its value, or a point is not to be read back.
 * @param told values that came with the confirmation
 */
export async function readBack(
  written: ReadonlyMap<string, Value>,
  told: readonly Sample[],
  setup: ReadBackSetup,
  signal: AbortSignal,
): Promise<WriteResult> {
  const { clock, exempt, look, agrees } = setup;
  const judged = [...written.keys()].filter((name) => !exempt.has(name));
  const known = new Map(told.filter(({ point }) => judged.includes(point)).map((sample) => [sample.point, sample]));
  let fault: Fault | undefined;
  const read = async (names: readonly string[]) => {
    const seen = await look(names, signal);
    fault = seen.fault;
    for (const sample of seen.samples) known.set(sample.point, sample);
    return new Set(seen.samples.map(({ point }) => point));
  };
  const differs = (name: string): boolean => {
    const read = known.get(name);
    // null is no value that it keeps: it says that it does not know
    if (read === undefined || read.value === null) return false;
    const verdict = agrees(name, written.get(name) ?? null, read);
    if (verdict instanceof Fault) fault = verdict;
    return verdict === false;
  };

  const missing = judged.filter((name) => !known.has(name));
  if (missing.length > 0) await read(missing);
  const doubtful = judged.filter(differs);
  let isKept = true;
  if (doubtful.length > 0) {
    try {
      await clock.sleep(SECOND_LOOK, signal);
      const again = await read(doubtful);
      // a point that could not be read a second time is not known to differ
      isKept = !doubtful.some((name) => again.has(name) && differs(name));
    } catch (thrown) {
      fault = toFault(thrown);
    }
  }
  const shown = known.size === 0 ? undefined : Object.fromEntries([...known].map(([name, { value }]) => [name, value]));
  if (!isKept) return { outcome: 'failed', fault: toSafeError(new Fault('command/not-kept')), values: shown };
  const isVerified = [...written].every(([name, value]) => {
    const found = known.get(name);
    return found !== undefined && found.value !== null && agrees(name, value, found) === true;
  });
  if (isVerified) return { outcome: 'verified', values: shown };
  return { outcome: 'applied', fault: fault && toSafeError(fault), values: shown };
}
