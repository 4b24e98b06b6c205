import { meets } from '../../../../config/profiles/probes.ts';
import type { Value } from '../../../../drivers/contract/reading.ts';
import type { RegisterKind } from '../../../../drivers/modbus/point.ts';
import { isTelling, type LikelyModel, type ProbedPart, type RegisterRead } from './candidate.ts';

/** The outcome of a read. */
export type ReadEnd =
  /** By the keys of the parts that lie in it. */
  | { readonly state: 'answered'; readonly values: ReadonlyMap<string, Value> }
  /** `no-function`: the unit does not know the function at all; `narrower`: fewer registers may be there. */
  | { readonly state: 'refused'; readonly says: 'no-function' | 'narrower' | 'nothing' }
  /** Nothing, or nothing sound, came. */
  | { readonly state: 'silent' };

/** The next read, and the parts that it answers. */
export interface NextRead {
  readonly read: RegisterRead;
  readonly parts: readonly ProbedPart[];
}

/** A candidate of which nothing is against the unit. */
export interface Match {
  readonly candidate: LikelyModel;
  /** Its parts name it; else the values of the unit are plausible, and other models may have the same. */
  readonly certain: boolean;
}

/** So many reads look for the model of one unit, at the most. */
export const MOST_READS = 32;

/** A model that has begun to match is looked at before all that have not. */
const BEGUN = 1000;

/**
 * Finds the model of a unit by the probes of the profiles. Pure: it names the next read, and is told the answer. The
 * read that may answer the most candidates goes first; one read answers all parts that lie in it.
 */
export class ProbeSearch {
  readonly #candidates: readonly LikelyModel[];
  /** The known values of the parts, by their keys; undefined: the unit does not tell it. */
  readonly #known = new Map<string, Value | undefined>();
  readonly #tried = new Set<string>();
  readonly #refused = new Set<RegisterKind>();
  #asked = 0;

  constructor(candidates: readonly LikelyModel[]) {
    this.#candidates = candidates;
  }

  /** The unit does not know the function that reads these registers. */
  lacks(kind: RegisterKind): void {
    this.#refused.add(kind);
  }

  /** All that match, those that are named for certain alone where there are such. */
  get matches(): readonly Match[] {
    const whole = this.#candidates.filter(({ parts }) =>
      parts.every((part) => ['met', 'untold'].includes(this.#state(part))),
    );
    const named = whole.map((candidate) => ({ candidate, certain: this.#isNamed(candidate) }));
    const certain = named.filter((each) => each.certain);
    return certain.length > 0 ? certain : named;
  }

  /** Undefined: nothing is left to be asked. */
  next(): NextRead | undefined {
    const { matches } = this;
    if (this.#asked >= MOST_READS || matches.some(({ certain }) => certain)) return undefined;
    const telling = matches.map(({ candidate }) => candidate).filter(isTelling);
    const live = this.#candidates.filter(
      (each) => this.#isOpen(each) && (telling.length === 0 || this.#isBegun(each) || isCodeOf(each, telling)),
    );
    const open = live.flatMap((each) => this.#due(each));
    let best: RegisterRead | undefined;
    let most = 0;
    for (const read of widest(open)) {
      const worth = live.reduce((sum, each) => sum + this.#worth(each, read), 0);
      if (worth > most) [best, most] = [read, worth];
    }
    if (best === undefined) return undefined;
    const read = best;
    const all = this.#candidates.flatMap(({ parts }) => parts);
    return { read, parts: unique(all.filter((part) => this.#state(part) === 'open' && holds(read, part.read))) };
  }

  take({ read, parts }: NextRead, end: ReadEnd): void {
    this.#asked += 1;
    this.#tried.add(keyOf(read));
    if (end.state === 'refused' && end.says === 'no-function') this.#refused.add(read.kind);
    for (const part of parts) {
      const isNarrower = part.read.count < read.count;
      if (end.state === 'refused' && end.says === 'narrower' && isNarrower) continue;
      this.#known.set(part.key, end.state === 'answered' ? end.values.get(part.key) : undefined);
    }
  }

  #worth(candidate: LikelyModel, read: RegisterRead): number {
    const isAnswered = this.#due(candidate).some((part) => holds(read, part.read));
    return isAnswered ? candidate.weight * (this.#isBegun(candidate) ? BEGUN : 1) : 0;
  }

  /** Its parts that are to be looked at now: a part that not all devices tell is looked at once all the rest is met. */
  #due({ parts }: LikelyModel): readonly ProbedPart[] {
    const open = parts.filter((part) => this.#state(part) === 'open');
    const first = open.filter(({ expected }) => expected.ifTold !== true);
    return first.length > 0 ? first : open;
  }

  /** Its parts name it, and do not only admit it. */
  #isNamed({ certain, parts }: LikelyModel): boolean {
    return certain || parts.some((part) => part.expected.ifTold === true && this.#state(part) === 'met');
  }

  /** Nothing speaks against it, and not all is known. */
  #isOpen({ parts }: LikelyModel): boolean {
    const states = parts.map((part) => this.#state(part));
    return states.includes('open') && !states.includes('failed');
  }

  #isBegun({ parts }: LikelyModel): boolean {
    return parts.some((part) => this.#state(part) === 'met');
  }

  #state({ key, read, expected }: ProbedPart): 'open' | 'met' | 'untold' | 'failed' {
    const value = this.#known.get(key);
    if (value !== undefined) return meets(expected, value) ? 'met' : 'failed';
    const isOpen = !this.#known.has(key) && !this.#refused.has(read.kind) && !this.#tried.has(keyOf(read));
    if (isOpen) return 'open';
    return expected.ifTold === true ? 'untold' : 'failed';
  }
}

/** A maker's models share much of their maps: a code tells which of them it is. */
function isCodeOf({ certain, profile }: LikelyModel, matches: readonly LikelyModel[]): boolean {
  return certain && profile !== undefined && matches.some((each) => each.profile?.maker === profile.maker);
}

/** Of reads of which one lies in another the widest: that answers both. */
function widest(parts: readonly ProbedPart[]): readonly RegisterRead[] {
  const reads = new Map(parts.map(({ read }) => [keyOf(read), read]));
  return [...reads.values()].filter(
    (read) => ![...reads.values()].some((other) => other !== read && holds(other, read) && other.count > read.count),
  );
}

function unique(parts: readonly ProbedPart[]): readonly ProbedPart[] {
  return [...new Map(parts.map((part) => [part.key, part])).values()];
}

function holds(outer: RegisterRead, inner: RegisterRead): boolean {
  const isWithin = inner.address >= outer.address && inner.address + inner.count <= outer.address + outer.count;
  return outer.kind === inner.kind && isWithin;
}

function keyOf({ kind, address, count }: RegisterRead): string {
  return `${kind} ${address} ${count}`;
}
