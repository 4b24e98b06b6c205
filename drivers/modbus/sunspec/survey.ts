import type { Dialogue, Step } from '../../contract/dialogue.ts';
import type { Memory } from '../../contract/memory.ts';
import { type Chain, chainMemory, type Sought } from './chain.ts';
import { type DeviceSetup, foreseen } from './cost.ts';
import { endedBy } from './journey.ts';
import { locate } from './walk.ts';

/** The known part of a device's list of models. */
export interface SunspecSurvey {
  /** Numbers of the models, in the order of the list. */
  readonly models: readonly number[];
  /** False: the list goes on, and the next dialogue reads it from `memory` on. */
  readonly isWhole: boolean;
  readonly memory: Memory;
}

/** No device has it, so that the list is read to its end. */
const NOTHING: Sought = { preferred: [[]], occurrence: 0 };

/**
 * Reads the list of models of a device of which nobody knows anything: as much as one dialogue may.
 * @param memory of the dialogue before, which has not read it to the end
 * @param told gets what is known at the end
 */
export function surveyDialogue(
  setup: DeviceSetup,
  memory: Memory | undefined,
  told: (survey: SunspecSurvey) => void,
): Dialogue {
  const { usual, most } = foreseen(setup, []);
  const whole = (chain: Chain): Step => {
    told({ models: chain.models.map(({ id }) => id), isWhole: true, memory: chainMemory(chain) });
    return { kind: 'end', samples: [] };
  };
  return {
    key: 'survey',
    points: [],
    cost: { usual, most },
    needs: setup.courier.needs,
    begin: (_, run = 0) =>
      endedBy(
        locate({ courier: setup.courier, run, asked: 0, most: most.length }, setup.bases, memory, NOTHING, {
          found: (_at, chain) => whole(chain),
          absent: whole,
        }),
        (end) => {
          if (end.kind === 'end' || end.fault.code !== 'sunspec/unfinished' || end.memory === undefined) return end;
          told({ models: [], isWhole: false, memory: end.memory });
          return { kind: 'end', samples: [] };
        },
      ),
  };
}
