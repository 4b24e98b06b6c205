import { type Dialogue, MOST_FURTHER } from '../../contract/dialogue.ts';
import type { ToldIdentity } from '../../contract/identity.ts';
import type { Sample } from '../../contract/reading.ts';
import { type DeviceSetup, foreseen } from './cost.ts';
import { endedBy } from './journey.ts';
import { ASK_AGAIN, readSteps } from './reading.ts';
import { targetsOf } from './target.ts';

/** The names of its parts in the common model. */
const PARTS = { maker: 'Mn', model: 'Md', serial: 'SN', firmware: 'Vr' } as const;

const TARGETS = targetsOf(Object.entries(PARTS).map(([name, point]) => ({ name, model: 1, point, writable: false })));

/** The marker at three places, the first model's number, and its texts: the common model comes first. */
const REQUESTS = 5;

/**
 * Reads the common model: also where nothing is known of the device, in one dialogue. Where the list of models has
 * changed, or another model comes first, further dialogues go on.
 */
export function identifyDialogue(setup: DeviceSetup, further = 0): Dialogue {
  const { usual, most } = foreseen(setup, TARGETS);
  const bounded = most.slice(0, 1).flatMap((leg) => new Array<typeof leg>(REQUESTS).fill(leg));
  return {
    key: `${'+'.repeat(further)}identify`,
    points: [],
    cost: { usual, most: bounded },
    needs: setup.courier.needs,
    begin: (memory, run) =>
      endedBy(readSteps(setup, TARGETS, bounded.length, memory, run), (end) => {
        if (end.kind === 'end') return { ...end, samples: [], identity: identityIn(end.samples) };
        if (!ASK_AGAIN.has(end.fault.code) || further >= MOST_FURTHER) return end;
        return { kind: 'end', samples: [], memory: end.memory, further: identifyDialogue(setup, further + 1) };
      }),
  };
}

function identityIn(samples: readonly Sample[]): ToldIdentity {
  return Object.fromEntries(
    samples.flatMap(({ point, value }) => (typeof value === 'string' ? [[point, value] as const] : [])),
  );
}
