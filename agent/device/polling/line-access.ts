import type { Exchange } from '../../../drivers/contract/driver.ts';
import type { Outcome } from '../../bus/line.ts';
import type { Instant } from '../../clock/clock.ts';
import type { Ticket } from '../../throttle/ticket.ts';

/** What a device needs of its bus. */
export interface LineAccess {
  /** @param readyAt from when on such a question may be asked; a change of the answer is told by `wake` */
  register(
    lane: 'command' | 'poll',
    prepared: (number: number) => Exchange,
    readyAt?: () => Instant,
  ): Ticket<number, Outcome>;
  ask(questions: Ticket<number, Outcome>, number: number, signal: AbortSignal): Promise<Outcome>;
  clearAt(exchange: Exchange): Instant;
  /** Whether the answer to this came when it was asked last, but after it had been given up. */
  cameLate(exchange: Exchange): boolean;
  wake(): void;
  /** When bytes came last that were no answer. */
  readonly strayAt?: Instant;
}
