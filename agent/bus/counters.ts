import type { Stray } from '../../drivers/contract/dialogue.ts';

/** The events of a line since the agent started. Plain numbers, written by the line and read by the snapshot. */
export interface Counters {
  exchanges: number;
  timeouts: number;
  checksumErrors: number;
  lateFrames: number;
  foreignFrames: number;
  truncatedFrames: number;
  echoes: number;
  noise: number;
  /** Connections that were closed in order, by the server or by us, while nothing was to be said. */
  orderlyCloses: number;
  /** Openings because nothing had come for too long. */
  silentReopens: number;
}

export function newCounters(): Counters {
  return {
    exchanges: 0,
    timeouts: 0,
    checksumErrors: 0,
    lateFrames: 0,
    foreignFrames: 0,
    truncatedFrames: 0,
    echoes: 0,
    noise: 0,
    orderlyCloses: 0,
    silentReopens: 0,
  };
}

const FIELD_OF: Readonly<Record<Stray, keyof Counters>> = {
  echo: 'echoes',
  foreign: 'foreignFrames',
  noise: 'noise',
  checksum: 'checksumErrors',
  truncated: 'truncatedFrames',
};

/** A whole frame that nobody asked for is a late answer while one is still expected, and a foreigner otherwise. */
export function countStray(counters: Counters, stray: Stray, lateExpected: boolean): void {
  counters[stray === 'foreign' && lateExpected ? 'lateFrames' : FIELD_OF[stray]] += 1;
}

/** All that came and was no answer. */
export function countStrays(counters: Counters): number {
  const { checksumErrors, lateFrames, foreignFrames, truncatedFrames, noise } = counters;
  return checksumErrors + lateFrames + foreignFrames + truncatedFrames + noise;
}
