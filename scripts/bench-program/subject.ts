import type { Program } from '../testbed/program.ts';
import type { Quantity } from './quantity.ts';

/** The work of a measured program. */
export interface Work {
  readonly brokerPort: number;
  readonly baud: number;
  /** The serial ports; the same units are on each. */
  readonly links: readonly string[];
  readonly units: readonly number[];
  readonly quantities: readonly Quantity[];
  /** Further options of each device, by their names in Fieldward's config. */
  readonly options?: Readonly<Record<string, number>> | undefined;
  /** Of every device; default 0. */
  readonly pollMs?: number | undefined;
  /** For what the program needs in files; its maker removes it. */
  readonly folder: string;
}

/** A program that the bench measures. */
export interface Subject {
  readonly name: string;
  start(work: Work): Promise<Program>;
}

/** How every subject names a device, and where its readings are found. */
export const READINGS = '+/bench/+/readings';

export function deviceId(line: number, unit: number): string {
  return `line-${line}-unit-${unit}`;
}

/** @returns undefined for a topic that no subject publishes readings to */
export function deviceOf(topic: string): { readonly line: number; readonly unit: number } | undefined {
  const found = /\/line-(\d+)-unit-(\d+)\/readings$/.exec(topic);
  return found === null ? undefined : { line: Number(found[1]), unit: Number(found[2]) };
}
