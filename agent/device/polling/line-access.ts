import type { Dialogue } from '../../../drivers/contract/dialogue.ts';
import type { Dialogues } from '../../bus/bus.ts';
import type { Asker, Inquiry, Outcome } from '../../bus/dialogue/inquiry.ts';
import type { Instant } from '../../clock/clock.ts';

/** A device's needs of its bus. */
export interface LineAccess {
  /** @param readyAt from when on one may be run; a change of the answer is told by `wake` */
  register(lane: 'command' | 'poll', asker: Asker, readyAt?: () => Instant): Dialogues;
  ask(dialogues: Dialogues, inquiry: Inquiry, signal: AbortSignal): Promise<Outcome>;
  /** When this may be asked: not while an answer could still come that would pass for one to it. */
  mayAskAt(asker: Asker, dialogue: Dialogue): Instant;
  /** Whether an answer to this came when it was asked last, but after it had been given up. */
  cameLate(asker: Asker, dialogue: Dialogue): boolean;
  wake(): void;
  /** When bytes came last that were no answer. */
  readonly strayAt?: Instant;
}
