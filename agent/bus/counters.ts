import type { Stray } from '../../drivers/contract/driver.ts';

/** What happened on a line since the agent started. Plain numbers, written by the line and read by the snapshot. */
export interface Counters {
  exchanges: number;
  timeouts: number;
  checksumErrors: number;
  lateFrames: number;
  foreignFrames: number;
  truncatedFrames: number;
  echoes: number;
  noise: number;
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
