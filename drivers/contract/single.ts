import {
  ask,
  type Dialogue,
  type DialogueCost,
  type EndStep,
  type Exchange,
  type Leg,
  requestBytes,
} from './dialogue.ts';
import { milliseconds } from './duration.ts';
import type { Fault } from './fault.ts';
import type { Sample } from './reading.ts';

/** A dialogue of one request and its answer: most protocols need no other. */
export interface Single<T> {
  /** See {@link Dialogue.key}. */
  readonly key: string;
  readonly points: readonly string[];
  readonly exchange: Exchange<T>;
  /** The values in the answer. Pure. */
  readonly samples: (result: T) => readonly Sample[];
  /** The device's account of itself in the answer, and the dialogues that can be asked then. Pure. */
  readonly told?: ((result: T) => Pick<EndStep, 'identity' | 'further'>) | undefined;
  /** It writes: once it is sent the device may have acted. */
  readonly acts?: true | undefined;
  /** See {@link Dialogue.split}. */
  readonly split?: ((refused: Fault) => readonly Dialogue[]) | undefined;
}

/** The dialogue that asks once. A damaged answer is worth a second try; a refusal and silence are not. */
export function single<T>({ key, points, exchange, samples, told, acts, split }: Single<T>): Dialogue {
  const step = ask(
    exchange,
    (end) => {
      if (end.state === 'answered') return { kind: 'end', samples: samples(end.result), ...told?.(end.result) };
      const { fault, consequence } = end;
      return { kind: 'fail', fault, consequence, repeat: consequence === 'damaged' ? 'whole' : 'never' };
    },
    acts,
  );
  return { key, points, cost: singleCost(exchange), begin: () => step, ...(split && { split }) };
}

/** The cost of one exchange: once, at best and at worst. */
function singleCost(exchange: Exchange<unknown>): DialogueCost {
  const leg: Leg = legOf(exchange);
  return { usual: [leg], most: [leg] };
}

/** An exchange as `check` counts it. */
export function legOf(exchange: Exchange<unknown>): Leg {
  const { answer, timeout, quietBefore = milliseconds(0) } = exchange;
  return { request: requestBytes(exchange), answer: answer.usual, timeout, quietBefore };
}
