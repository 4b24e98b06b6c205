import { ask, type Consequence, type Dialogue, type DialogueCost, type Leg, type Step } from '../contract/dialogue.ts';
import { milliseconds } from '../contract/duration.ts';
import { Fault } from '../contract/fault.ts';
import type { FaultCode } from '../contract/faults.ts';
import type { Memory } from '../contract/memory.ts';
import type { Sample } from '../contract/reading.ts';
import { type FrameCountBit, resetFrame, SELECTED, type SelectionKey, selectionFrame, toggled } from './link/frame.ts';
import { acknowledged, type Repeat, requested, type UserData } from './question.ts';
import { type Header, meterIdentity } from './record/header.ts';
import { readTelegram, type Telegram } from './record/telegram.ts';
import { isFound, isSettled, type Readout, type Selector, sampleOf } from './selection.ts';
import type { Timing } from './timing.ts';

/** The addressee of a readout: a primary address, or the slave that a selection finds. */
export type Target =
  | { readonly kind: 'primary'; readonly address: number }
  | { readonly kind: 'secondary'; readonly key: SelectionKey };

export interface ReadoutSetup {
  readonly target: Target;
  readonly timing: Timing;
  /** Repeats of a request in one run. */
  readonly retries: number;
  readonly maxTelegrams: number;
}

/** The purpose of a readout. */
export interface Wanted {
  readonly points: readonly string[];
  /** No further telegram is needed. */
  isEnough(readout: Readout): boolean;
  /** Nothing: the answer holds nothing of what is wanted. */
  samples(readout: Readout): readonly Sample[] | undefined;
}

/** Points; the same telegrams tell all of them, so any set of points is one dialogue. */
export function wanted(selectors: readonly Selector[]): Wanted {
  return {
    points: selectors.map(({ name }) => name),
    isEnough: (readout) => selectors.every((selector) => isSettled(selector, readout)),
    samples(readout) {
      const isBare = selectors.every((selector) => selector.isNamed && !isFound(selector, readout));
      return isBare ? undefined : selectors.map((selector) => sampleOf(selector, readout));
    },
  };
}

/** One reading of a device, of one telegram or several. */
export function readout(setup: ReadoutSetup, key: string, of: Wanted): Dialogue {
  return { key, points: of.points, cost: costOf(setup), begin: (memory) => new Run(setup, of, memory).begin() };
}

/**
 * The memory of a device between two runs. `bit`: the frame count bit of the next request (EN 13757-2), missing where
 * the link must be set to its beginning first. `silent`: it did not answer the last time.
 */
interface Kept {
  readonly bit: FrameCountBit | undefined;
  readonly silent: boolean;
}

function keptOf(memory: Memory | undefined): Kept {
  const bit = memory?.bit;
  return { bit: bit === 0 || bit === 1 ? bit : undefined, silent: memory?.silent === 1 };
}

/** Where a run stands. Frozen: each step makes the next one, so that the same answers give the same steps. */
interface Progress {
  readonly bit: FrameCountBit;
  readonly telegrams: number;
  readonly readout: Readout;
  /** The last telegram's records, as bytes: a meter that sends them again does not go on. */
  readonly last: UserData | undefined;
  /** Repeats that are left. */
  readonly spare: number;
  readonly afterDamage: boolean;
}

const NOTHING_READ: Readout = { header: {}, records: [] };

/** One run of the dialogue. It holds nothing that changes. */
class Run {
  readonly #setup: ReadoutSetup;
  readonly #wanted: Wanted;
  readonly #kept: Kept;
  readonly #address: number;

  constructor(setup: ReadoutSetup, of: Wanted, memory: Memory | undefined) {
    this.#setup = setup;
    this.#wanted = of;
    this.#kept = keptOf(memory);
    this.#address = setup.target.kind === 'primary' ? setup.target.address : SELECTED;
  }

  begin(): Step {
    const spare = this.#kept.silent ? 0 : this.#setup.retries;
    const { target } = this.#setup;
    if (target.kind === 'secondary') return this.#select(target.key, spare, false);
    const { bit } = this.#kept;
    if (bit !== undefined) return this.#request({ ...fresh(spare), bit });
    const reset = acknowledged(resetFrame(target.address), this.#setup.timing, { isRepeated: false });
    // some devices do not answer it, and read out all the same
    return ask(reset, (end) =>
      this.#request({ ...fresh(spare), afterDamage: end.state === 'failed' && end.consequence === 'damaged' }),
    );
  }

  #select(key: SelectionKey, spare: number, afterDamage: boolean): Step {
    const more: Repeat = { isRepeated: spare > 0, afterDamage };
    return ask(acknowledged(selectionFrame(key), this.#setup.timing, more), (end) => {
      if (end.state === 'answered') return this.#request(fresh(spare));
      const isDamaged = end.consequence === 'damaged';
      if (spare > 0) return this.#select(key, spare - 1, isDamaged);
      const { fault, consequence } = end;
      return failStep(fault, consequence, { silent: consequence === 'silent' ? 1 : 0 });
    });
  }

  #request(at: Progress): Step {
    const more: Repeat = { isRepeated: at.spare > 0, afterDamage: at.afterDamage };
    return ask(requested(this.#address, at.bit, this.#setup.timing, more), (end) => {
      if (end.state === 'answered') return this.#answered(at, end.result);
      const { fault, consequence } = end;
      const again = { ...at, spare: at.spare - 1, afterDamage: consequence === 'damaged' };
      // the same bit: the slave sends the same telegram again
      if (at.spare > 0 && consequence !== 'refused') return this.#request(again);
      const silent = consequence === 'silent' ? 1 : 0;
      // of a readout that broke off in its middle the next one begins anew
      const memory: Memory = at.telegrams === 0 && consequence !== 'silent' ? { bit: at.bit } : { silent };
      return this.#leave(failStep(fault, consequence, memory));
    });
  }

  #answered(at: Progress, user: UserData): Step {
    const { readout } = at;
    const reading = readTelegram(user, readout.records.length);
    const bit = toggled(at.bit);
    if ('code' in reading) return this.#leave(failed(reading.code, { bit }));
    const { telegram } = reading;
    const key = this.#setup.target.kind === 'secondary' ? this.#setup.target.key : undefined;
    if (key !== undefined && !isSelected(telegram.header, key)) return this.#leave(failed('mbus/other-device', {}));
    if (at.last !== undefined && isSame(at.last, user)) {
      return at.spare > 0 ? this.#request({ ...at, spare: at.spare - 1 }) : this.#finish(readout, {});
    }
    const grown = joined(readout, telegram);
    const telegrams = at.telegrams + 1;
    const isEnough = this.#wanted.isEnough(grown);
    if (!telegram.more) return this.#finish(grown, { bit });
    // the slave stands in the middle of its telegrams: only a reset brings it back to the first
    if (isEnough || telegrams === this.#setup.maxTelegrams) return this.#finish(grown, {});
    return this.#request({ ...at, bit, telegrams, readout: grown, last: user, afterDamage: false });
  }

  #finish(readout: Readout, memory: Memory): Step {
    const samples = this.#wanted.samples(readout);
    if (samples === undefined) return this.#leave(failed('mbus/no-record', memory));
    return this.#leave({ kind: 'end', samples, memory, identity: meterIdentity(readout.header) });
  }

  /** Deselects what was selected; whether that is answered makes no difference. */
  #leave(last: Step): Step {
    if (this.#setup.target.kind === 'primary') return last;
    const reset = acknowledged(resetFrame(SELECTED), this.#setup.timing, { isRepeated: true });
    return ask(reset, () => last);
  }
}

/** The bit of the first request after a reset or a selection is set (EN 13757-2). */
function fresh(spare: number): Progress {
  return { bit: 1, telegrams: 0, readout: NOTHING_READ, last: undefined, spare, afterDamage: false };
}

function joined(before: Readout, { header, records }: Telegram): Readout {
  const isFirst = before.records.length === 0;
  return { header: isFirst ? header : before.header, records: [...before.records, ...records] };
}

/** Whether a telegram repeats the one before: control information, header without its access number, and records. */
function isSame(before: UserData, now: UserData): boolean {
  const access = ACCESS_AT[now[0] ?? 0];
  return before.length === now.length && before.every((byte, at) => at === access || byte === now[at]);
}

/** By control information: where the access number stands, which counts repeats too with some meters. */
const ACCESS_AT: Readonly<Record<number, number>> = { 114: 9, 118: 9, 122: 1 };

/** Whether a header is of the slave that was selected. A telegram without identification can't be judged. */
function isSelected(header: Header, key: SelectionKey): boolean {
  const { id, manufacturerCode, version, medium } = header;
  if (id === undefined) return true;
  const isId = [...key.id].every((digit, at) => digit === 'F' || digit === id[at]);
  const fits = (asked: number, any: number, told: number | undefined) =>
    asked === any || told === undefined || asked === told;
  return (
    isId &&
    fits(key.manufacturer, 0xffff, manufacturerCode) &&
    fits(key.version, 0xff, version) &&
    fits(key.medium, 0xff, medium)
  );
}

/** The device answered soundly, and its answer is of no use: to ask at once again would bring the same. */
function failed(code: FaultCode, memory: Memory): Step {
  return failStep(new Fault(code), 'refused', memory);
}

function failStep(fault: Fault, consequence: Consequence, memory: Memory): Step {
  // the run itself has repeated all requests that may be repeated
  return { kind: 'fail', fault, consequence, repeat: 'never', memory };
}

function costOf({ target, timing, retries, maxTelegrams }: ReadoutSetup): DialogueCost {
  const times = (count: number, leg: Leg) => Array.from({ length: count }, () => leg);
  const data = requested(0, 1, timing, { isRepeated: false });
  const dataLeg = { ...legOf(data.request.length, data.answer.usual, timing), timeout: timing.data };
  const resetLeg = legOf(resetFrame(0).length, 1, timing);
  const quiet = { quietBefore: timing.quietAfterDamage };
  if (target.kind === 'primary') {
    const most = [...times(1, resetLeg), ...times(maxTelegrams + retries, { ...dataLeg, ...quiet })];
    return { usual: [dataLeg], most };
  }
  const selectLeg = legOf(selectionFrame(target.key).length, 1, timing);
  // a repeat is one of the selection or of a telegram
  const repeatLeg = { ...dataLeg, request: selectLeg.request };
  const most = [
    { ...selectLeg, ...quiet },
    ...times(maxTelegrams, { ...dataLeg, ...quiet }),
    ...times(retries, { ...repeatLeg, ...quiet }),
    resetLeg,
  ];
  return { usual: [selectLeg, dataLeg, resetLeg], most };
}

function legOf(request: number, answer: number, timing: Timing): Leg {
  return { request, answer, timeout: milliseconds(timing.acknowledgement), quietBefore: timing.quiet };
}
