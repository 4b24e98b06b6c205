import type { Transaction } from '../testbed/rig.ts';
import type { Quantity } from './quantity.ts';
import type { Arrival } from './witness.ts';

export interface Judgement {
  /** Milliseconds from the last byte of the newest answer in a reading to the subscriber; sorted. */
  readonly latencies: readonly number[];
  /** Readings that hold what the line did not serve. */
  readonly wrong: number;
}

/**
 * Holds every reading against the line's log. The rig serves its transaction counter in even registers and the unit
 * with the register's address in odd ones, so that a value tells which answer it came in.
 * @param transactions in the order of the line, from the start of the rig
 * @param arrivals in order
 * @param since the latencies of answers to older requests do not count
 */
export function judge(
  transactions: readonly Transaction[],
  arrivals: readonly Arrival[],
  quantities: readonly Quantity[],
  since: bigint,
): Judgement {
  const byName = new Map(quantities.map((each) => [each.name, each]));
  /** The counter has 16 bits: of transactions with the same one, the newest that there was at an arrival. */
  const served = new Map<string, Transaction>();
  const latencies: number[] = [];
  let [wrong, next] = [0, 0];
  for (const arrival of arrivals) {
    for (; next < transactions.length; next += 1) {
      const transaction = transactions[next];
      if (transaction === undefined || transaction.requestEndNs > arrival.atNs) break;
      served.set(keyOf(transaction, transaction.counter), transaction);
    }
    const newest = newestAnswer(arrival, byName, served);
    if (newest === undefined) wrong += 1;
    else if (newest.requestEndNs > since) latencies.push(Number(arrival.atNs - newest.answerEndNs) / 1e6);
  }
  return { latencies: latencies.sort((a, b) => a - b), wrong };
}

/** @returns undefined where a value is none that the line served, or where nothing tells */
function newestAnswer(
  arrival: Arrival,
  byName: ReadonlyMap<string, Quantity>,
  served: ReadonlyMap<string, Transaction>,
): Transaction | undefined {
  let newest: Transaction | undefined;
  for (const [name, value] of Object.entries(arrival.values)) {
    const quantity = byName.get(name);
    const words = quantity === undefined ? [] : wordsOf(quantity, value);
    if (quantity === undefined || words.length === 0) return undefined;
    for (const [index, word] of words.entries()) {
      const address = quantity.address + index;
      if (address % 2 === 1) {
        if (word !== ((arrival.unit << 8) | (address & 0xff))) return undefined;
        continue;
      }
      const answer = served.get(keyOf(arrival, word));
      if (answer === undefined || answer.answerEndNs === 0n) return undefined;
      if (address < answer.address || address >= answer.address + answer.quantity) return undefined;
      if (newest === undefined || answer.answerEndNs > newest.answerEndNs) newest = answer;
    }
  }
  return newest;
}

function keyOf({ line, unit }: { readonly line: number; readonly unit: number }, counter: number): string {
  return `${line} ${unit} ${counter}`;
}

/** The registers that a value was made of; none for what is no such value. */
function wordsOf({ type }: Quantity, value: unknown): readonly number[] {
  if (typeof value !== 'number') return [];
  if (type === 'uint16') return [value];
  const bytes = new DataView(new ArrayBuffer(4));
  // Written with as few digits as a float32 needs, it is not the float32 itself, but none lies nearer.
  bytes.setFloat32(0, value);
  return [bytes.getUint16(0), bytes.getUint16(2)];
}

export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
}
