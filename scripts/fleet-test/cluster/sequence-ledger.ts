/** The readings of one gateway, in the order in which they came. */
interface Heard {
  readonly numbers: Set<number>;
  /** The greatest number so far of the live readings, and of those that had waited. */
  live: number;
  backfill: number;
}

/** The fault of a gateway's numbers. */
export interface SequenceFault {
  readonly gateway: string;
  readonly lost: number;
  readonly outOfOrder: number;
}

export interface SequenceFigures {
  readonly gateways: number;
  /** Readings that the gateways numbered. */
  readonly expected: number;
  readonly arrived: number;
  /** Came again: at least once is what is promised. */
  readonly repeated: number;
  /** Numbers that never came. */
  readonly lost: number;
  /** Came for the first time after a greater number of the same gateway and kind (live, or backfill). */
  readonly outOfOrder: number;
  /** Numbers beyond those that their gateway handed out, or of a gateway that is not known. */
  readonly foreign: number;
  /** The first few gateways that something is wrong with. */
  readonly faults: readonly SequenceFault[];
}

const MOST_FAULTS = 5;

/** Keeps the numbers of all gateways, to tell at the end those that were lost and those that came out of order. */
export class SequenceLedger {
  readonly #heard = new Map<string, Heard>();
  readonly #outOfOrder = new Map<string, number>();
  #arrived = 0;
  #repeated = 0;

  get arrived(): number {
    return this.#arrived;
  }

  /** @param backfill whether it had waited for the broker: such readings may come beside live ones */
  add(gateway: string, seq: number, backfill: boolean): void {
    const heard = this.#heard.get(gateway) ?? { numbers: new Set(), live: 0, backfill: 0 };
    this.#heard.set(gateway, heard);
    if (heard.numbers.has(seq)) {
      this.#repeated += 1;
      return;
    }
    this.#arrived += 1;
    heard.numbers.add(seq);
    const kind = backfill ? 'backfill' : 'live';
    if (seq < heard[kind]) this.#outOfOrder.set(gateway, (this.#outOfOrder.get(gateway) ?? 0) + 1);
    else heard[kind] = seq;
  }

  /** @param taken how many readings each gateway numbered, from 1 on */
  figures(taken: ReadonlyMap<string, number>): SequenceFigures {
    let [expected, lost, foreign] = [0, 0, 0];
    const faults: SequenceFault[] = [];
    for (const [gateway, { numbers }] of this.#heard) {
      const most = taken.get(gateway) ?? 0;
      for (const seq of numbers) if (!(seq >= 1 && seq <= most)) foreign += 1;
    }
    for (const [gateway, most] of taken) {
      const numbers = this.#heard.get(gateway)?.numbers ?? new Set();
      let missing = 0;
      for (let seq = 1; seq <= most; seq += 1) if (!numbers.has(seq)) missing += 1;
      expected += most;
      lost += missing;
      const outOfOrder = this.#outOfOrder.get(gateway) ?? 0;
      if (missing + outOfOrder > 0) faults.push({ gateway, lost: missing, outOfOrder });
    }
    const outOfOrder = Array.from(this.#outOfOrder.values()).reduce((sum, each) => sum + each, 0);
    return {
      gateways: taken.size,
      ...{ expected, arrived: this.#arrived, repeated: this.#repeated, lost, outOfOrder, foreign },
      faults: faults.slice(0, MOST_FAULTS),
    };
  }
}
