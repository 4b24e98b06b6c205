import type { Dialogue } from '../../../drivers/contract/dialogue.ts';
import type { ToldIdentity } from '../../../drivers/contract/identity.ts';
import type { Dialogues } from '../../bus/bus.ts';
import type { Asker, Inquiry, Outcome } from '../../bus/dialogue/inquiry.ts';
import type { Instant } from '../../clock/clock.ts';
import type { LineAccess } from '../polling/line-access.ts';

/** The line of a device; it hears the device's account of itself and the questions of its polls. */
export class HearingLine implements LineAccess {
  readonly #line: LineAccess;
  readonly #told: (identity: ToldIdentity | undefined) => void;
  readonly #polls = new Set<Dialogues>();
  /** The dialogues that the poll under way has asked. */
  readonly #asked = new Set<Dialogue>();

  constructor(line: LineAccess, told: (identity: ToldIdentity | undefined) => void) {
    this.#line = line;
    this.#told = told;
  }

  /** The dialogues since the last call. */
  takeAsked(): readonly Dialogue[] {
    const asked = [...this.#asked];
    this.#asked.clear();
    return asked;
  }

  register(lane: 'command' | 'poll', asker: Asker, readyAt?: () => Instant): Dialogues {
    const dialogues = this.#line.register(lane, asker, readyAt);
    if (lane === 'poll') this.#polls.add(dialogues);
    return dialogues;
  }

  async ask(dialogues: Dialogues, inquiry: Inquiry, signal: AbortSignal): Promise<Outcome> {
    if (this.#polls.has(dialogues)) this.#asked.add(inquiry.dialogue);
    const outcome = await this.#line.ask(dialogues, inquiry, signal);
    if (outcome.ok) this.#told(outcome.identity);
    return outcome;
  }

  mayAskAt(asker: Asker, dialogue: Dialogue): Instant {
    return this.#line.mayAskAt(asker, dialogue);
  }

  cameLate(asker: Asker, dialogue: Dialogue): boolean {
    return this.#line.cameLate(asker, dialogue);
  }

  wake(): void {
    this.#line.wake();
  }

  get strayAt(): Instant {
    return this.#line.strayAt ?? Number.NEGATIVE_INFINITY;
  }
}
