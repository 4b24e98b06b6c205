import type { Consequence, Dialogue, EndStep, Exchange } from '../../../drivers/contract/dialogue.ts';
import type { Duration } from '../../../drivers/contract/duration.ts';
import type { Fault } from '../../../drivers/contract/fault.ts';
import type { Memory } from '../../../drivers/contract/memory.ts';
import type { Sample } from '../../../drivers/contract/reading.ts';
import type { ExchangeReply } from '../waiting.ts';

/** A device as its line knows it: the owner of these dialogues, and its memory between them. */
export interface Asker {
  readonly id: string;
  /** The memory that the last run left. */
  readonly memory: Memory | undefined;
  keep(memory: Memory): void;
  /** The device may be further than the memory says. */
  forget(): void;
}

/** One dialogue to be run. The same object may be run several times, one after the other. */
export interface Inquiry {
  readonly dialogue: Dialogue;
  /** Called once it has the line, before anything is sent: a Fault thrown there means that nothing is. */
  readonly begins?: (() => void) | undefined;
  /** Called before a step is sent after which the device may have acted. */
  readonly acts?: (() => void) | undefined;
  /** How long answers are waited for. Absent: as long as the exchanges say. */
  readonly timing?: StepTiming | undefined;
}

/** How long the answers of one dialogue are waited for. Its requests are counted from 0. */
export interface StepTiming {
  /** @param characterMs of the line at this moment */
  timeoutOf(step: number, exchange: Exchange<unknown>, characterMs: number): Duration;
  /** The reply; told once for each request that was sent and not called off. */
  ended(step: number, exchange: Exchange<unknown>, reply: ExchangeReply<unknown>, characterMs: number): void;
}

/** The outcome of a dialogue. */
export type Outcome =
  | ({
      readonly ok: true;
      readonly samples: readonly Sample[];
      /** From the end of the last request to the last byte of its answer. */
      readonly latencyMs: number;
    } & Pick<EndStep, 'identity' | 'further'>)
  | {
      readonly ok: false;
      readonly fault: Fault;
      readonly consequence: Consequence;
      /** The device said something to the last request: no answer to it can come any more. */
      readonly answered: boolean;
      /** A step was sent after which the device may have acted. */
      readonly acted: boolean;
      /** A whole retry may go better. */
      readonly repeat: boolean;
      /** How long the answer to the last request could still come, from its end, milliseconds. */
      readonly lateWithin: number;
    };
