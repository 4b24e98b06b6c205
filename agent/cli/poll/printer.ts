import { type Fault, toSafeError } from '../../../drivers/contract/fault.ts';
import { FAULTS } from '../../../drivers/contract/faults.ts';
import type { Point, Sample } from '../../../drivers/contract/reading.ts';
import { isInRange } from '../../../drivers/schema/allowed.ts';
import type { CliIo } from '../io.ts';
import { showValue } from '../top/shown-text.ts';

/** The result of one poll or frame. */
export interface PolledSamples {
  readonly samples: readonly Sample[];
  readonly fault: Fault | undefined;
  /** Points that could not be read, as far as it was not told before. */
  readonly lost: readonly (readonly [string, Fault])[];
}

export interface Printer {
  print(at: number, polled: PolledSamples): void;
}

/** One object a line; a value that is out of its point's range is named beside the values. */
export function jsonPrinter(io: CliIo, points: readonly Point[]): Printer {
  return {
    print(at, { samples, fault, lost }) {
      const print = (rest: object) => io.out(JSON.stringify({ at: new Date(at).toISOString(), ...rest }));
      if (samples.length > 0) {
        const uncertain = samples.filter((sample) => !isGood(points, sample)).map(({ point }) => point);
        const values = Object.fromEntries(samples.map(({ point, value }) => [point, value]));
        print({ values, uncertain: uncertain.length === 0 ? undefined : uncertain, remarks: remarksOf(samples) });
      }
      for (const [point, why] of lost) print({ point, fault: toSafeError(why) });
      if (fault !== undefined) print({ fault: toSafeError(fault) });
    },
  };
}

/**
 * A table of the values, and a sentence for each fault.
 *
 * @param address how the device is reached, told once, before its first fault: a wrong port or unit shows there
 */
export function linePrinter(io: CliIo, points: readonly Point[], address: string): Printer {
  const units = new Map(points.map(({ name, unit }) => [name, unit]));
  const width = Math.max(0, ...points.map(({ name }) => name.length));
  const remarks = new Map<string, string | undefined>();
  let isAddressTold = false;
  return {
    print(at, { samples, fault, lost }) {
      const time = new Date(at).toISOString();
      if (samples.length > 0) io.out(time);
      for (const sample of samples) {
        const { point, value } = sample;
        const doubt = isGood(points, sample) ? '' : `  (uncertain: ${doubtOf(sample)})`;
        io.out(`  ${point.padEnd(width)}  ${showValue(value, units.get(point))}${doubt}`);
      }
      for (const { point, remark } of samples) {
        if (remark !== undefined && remarks.get(point) !== remark) io.err(`${point}: ${remark}`);
        remarks.set(point, remark);
      }
      for (const [point, why] of lost) io.err(`${time}  ${point}: ${wordsOf(why)}`);
      if (fault === undefined) return;
      if (!isAddressTold) io.err(address);
      isAddressTold = true;
      io.err(`${time}  ${wordsOf(fault)}`);
    },
  };
}

function remarksOf(samples: readonly Sample[]): Readonly<Record<string, string>> | undefined {
  const remarks = samples.flatMap(({ point, remark }) => (remark === undefined ? [] : [[point, remark] as const]));
  return remarks.length === 0 ? undefined : Object.fromEntries(remarks);
}

function doubtOf({ doubtful }: Sample): string {
  return doubtful === true ? 'without a checksum' : 'out of its range';
}

function isGood(points: readonly Point[], { point, value, doubtful }: Sample): boolean {
  const known = points.find(({ name }) => name === point);
  return doubtful !== true && (known === undefined || isInRange(known, value));
}

function wordsOf({ code }: Fault): string {
  const { message, advice } = FAULTS[code];
  return `${message} (${code}). ${advice}`;
}
