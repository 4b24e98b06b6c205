import type { FaultCode } from '../../drivers/contract/faults.ts';

/** A bus's account of itself; counters since the start of the agent. */
export interface BusSnapshot {
  readonly id: string;
  /** Also while its connection was closed in order and nothing is due. */
  readonly open: boolean;
  /** Why it is closed; null while open. */
  readonly fault: FaultCode | null;
  /** Share of the last minute in which the line was not idle: 0 to 1. */
  readonly utilisation: number;
  readonly exchanges: number;
  readonly timeouts: number;
  readonly checksumErrors: number;
  /** Frames and bytes that came when nothing was asked, or after the question had been given up. */
  readonly lateFrames: number;
  readonly foreignFrames: number;
  readonly truncatedFrames: number;
  readonly echoes: number;
  readonly noise: number;
  /** After a fault, by command, or because nothing had come. */
  readonly reopens: number;
  readonly silentReopens: number;
  readonly orderlyCloses: number;
  /** For so long the adapter holds answers back, as the opening left it; null while closed and where it has no timer. */
  readonly latencyTimerMs: number | null;
  readonly queued: number;
  /** Operations that found the queue full, waited too long in it, or had the line for too long. */
  readonly rejected: number;
  readonly expired: number;
  readonly overruns: number;
}
