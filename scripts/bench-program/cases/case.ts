import type { Figures } from '../figures.ts';

/** The result of one run. */
export interface Row {
  readonly case: string;
  /** The program that was measured. */
  readonly subject: string;
  /** 0 in a case without lines. */
  readonly baud: number;
  readonly figures: Figures;
  /** In a peer's row: Fieldward's figure over its own, of the same run of the bench. */
  readonly ratios?: Figures;
}

export interface CaseSetup {
  /** 0 in a case without lines. */
  readonly baud: number;
  readonly seconds: number;
  /** Seconds from the first reading until the measured time may begin, in the cases that take it; they have a default. */
  readonly warmUpS?: number | undefined;
  /** Whether the peers are measured too. */
  readonly peers: boolean;
  readonly signal: AbortSignal;
}

export interface Column {
  readonly head: string;
  readonly figure: string;
  readonly digits: number;
}

export interface Case {
  readonly name: string;
  readonly summary: string;
  /** Nothing in a case without lines: it runs once. */
  readonly bauds: readonly number[];
  readonly columns: readonly Column[];
  /** Gives a row for each program and setting, as soon as it is measured. */
  run(setup: CaseSetup): AsyncIterable<Row>;
}

/** The registers and units of the cases that do not say otherwise. */
export const REGISTERS = 10;
export const UNITS: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8];
