import type { Dialogue, Leg } from '../../../drivers/contract/dialogue.ts';

/** Bytes of the usual answers. */
export function answerBytes({ cost }: Dialogue): number {
  return sum(cost.usual, ({ answer }) => answer);
}

/** Characters on the line where all goes well. */
export function characters({ cost }: Dialogue): number {
  return sum(cost.usual, ({ request, answer }) => request + answer);
}

/** The cost to the line where nothing is answered, milliseconds. */
export function timeouts({ cost }: Dialogue): number {
  return sum(cost.usual, ({ timeout }) => timeout);
}

/** No answer belongs to it: nobody can say whether the device has heard. */
export function isUnanswered({ cost }: Dialogue): boolean {
  return cost.usual.every(({ answer }) => answer === 0);
}

function sum(legs: readonly Leg[], of: (leg: Leg) => number): number {
  return legs.reduce((total, leg) => total + of(leg), 0);
}
