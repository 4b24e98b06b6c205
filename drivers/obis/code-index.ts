import type { ObisCode } from './code.ts';

interface Wanted {
  /** Place of the point. */
  readonly point: number;
  /** Place of the code among those of its point, the most wanted first. */
  readonly rank: number;
  readonly medium: number | undefined;
  readonly channel: number | undefined;
}

/** C from 96 on and 0 are no measured quantities. */
const FIRST_ABSTRACT = 96;

/**
 * Finds the points of a sent code without a search through all of them. A code is for a point under the rule of
 * `isSameCode`; a code that measures nothing also with any last group where the point names none, because meters number
 * their names and versions by it (1-0:96.50.1*1), if `loose` says so.
 */
export class CodeIndex {
  readonly #count: number;
  readonly #exact = new Map<number, Wanted[]>();
  readonly #loose = new Map<number, Wanted[]>();
  readonly #ranks: number;

  /** @param points their codes, each the most wanted first */
  constructor(points: readonly (readonly ObisCode[])[], { loose = false } = {}) {
    this.#count = points.length;
    this.#ranks = Math.max(0, ...points.map((codes) => codes.length));
    for (const [point, codes] of points.entries()) {
      for (const [rank, code] of codes.entries()) {
        const { medium, channel, quantity, billing } = code;
        const wanted = { point, rank, medium, channel };
        add(this.#exact, keyOf(code), wanted);
        const isAbstract = quantity === 0 || quantity >= FIRST_ABSTRACT;
        // a code that is the same but for the last group comes behind all that are wholly the same
        if (loose && billing === UNUSED && isAbstract)
          add(this.#loose, groupsOf(code), { ...wanted, rank: rank + this.#ranks });
      }
    }
  }

  /**
   * For each point, by the rank of its codes, the first of what was sent that is for it.
   * @param fits whether it may be that point's; absent: any
   */
  firsts<T extends { readonly code: ObisCode }>(
    sent: readonly T[],
    fits?: (point: number, one: T) => boolean,
  ): readonly (readonly (T | undefined)[] | undefined)[] {
    const found = new Array<(T | undefined)[] | undefined>(this.#count).fill(undefined);
    for (const one of sent) {
      this.#note(this.#exact.get(keyOf(one.code)), one, found, fits);
      if (this.#loose.size > 0) this.#note(this.#loose.get(groupsOf(one.code)), one, found, fits);
    }
    return found;
  }

  #note<T extends { readonly code: ObisCode }>(
    all: readonly Wanted[] | undefined,
    one: T,
    found: ((T | undefined)[] | undefined)[],
    fits: ((point: number, one: T) => boolean) | undefined,
  ): void {
    if (all === undefined) return;
    for (const { point, rank, medium, channel } of all) {
      const { code } = one;
      if (medium !== undefined && code.medium !== undefined && medium !== code.medium) continue;
      if (channel !== undefined && code.channel !== undefined && channel !== code.channel) continue;
      if (fits !== undefined && !fits(point, one)) continue;
      const list = found[point] ?? [];
      list[rank] ??= one;
      found[point] = list;
    }
  }
}

/** The last group where it is not used. */
const UNUSED = 255;

/** C, D and E in one number. */
function groupsOf({ quantity, processing, tariff }: ObisCode): number {
  return (quantity * 256 + processing) * 256 + tariff;
}

/** C to F in one number; A and B may be left out and are compared. */
function keyOf(code: ObisCode): number {
  return groupsOf(code) * 256 + code.billing;
}

function add(to: Map<number, Wanted[]>, key: number, wanted: Wanted): void {
  const known = to.get(key);
  if (known) known.push(wanted);
  else to.set(key, [wanted]);
}
