import type { Options } from './options.ts';
import type { RegisterKind } from './point.ts';
import type { WireCost } from './wire.ts';

/** A run of addresses that belong together: a point, or the addresses of one request. */
export interface Span {
  readonly address: number;
  readonly count: number;
}

/** The addresses of one request, and the places in the given list of the spans that lie in it. */
export interface Block extends Span {
  readonly members: readonly number[];
}

export interface Rules {
  /** The most addresses in one request. */
  readonly most: number;
  readonly maxHole: number;
  /** The cost of another exchange, in characters. */
  readonly exchange: number;
  /** Characters of the answer for each address; an address that is begun counts whole. */
  readonly address: number;
}

export function rulesFor(
  kind: RegisterKind,
  options: Pick<Options, 'maxRegisters' | 'maxCoils' | 'maxHole'>,
  { exchange, byte }: WireCost,
): Rules {
  const bits = kind === 'coil' || kind === 'discrete';
  return {
    most: bits ? options.maxCoils : options.maxRegisters,
    maxHole: options.maxHole,
    exchange,
    address: bits ? byte / 8 : 2 * byte,
  };
}

/**
 * The cheapest requests that read all spans, by characters on the wire. Each span lies whole in one block; blocks are
 * in the order of their addresses. Every cut of the sorted spans is weighed, from the last span to the first. No other
 * grouping is cheaper: of two blocks that cross, the one that begins first can give the other all that it has behind
 * that one's beginning, and then neither is longer than before.
 * @param spans none longer than `rules.most`
 */
export function blocks(spans: readonly Span[], rules: Rules): readonly Block[] {
  const sorted = Array.from(spans.entries()).sort(
    ([i, a], [j, b]) => a.address - b.address || a.count - b.count || i - j,
  );
  /** For each span, the cost of the cheapest requests from it to the last one, and the beginning of the next of them. */
  const best: { cost: number; next: number; end: number }[] = new Array(sorted.length);
  for (let from = sorted.length - 1; from >= 0; from -= 1) {
    const start = sorted[from]?.[1].address ?? 0;
    let end = start;
    // three numbers, not an object for each cut: hundreds of devices with a hundred points are planned at the start
    let [least, next, reached] = [Number.POSITIVE_INFINITY, sorted.length, start];
    for (let to = from; to < sorted.length; to += 1) {
      const span = sorted[to]?.[1];
      if (span === undefined || (to > from && span.address - end > rules.maxHole)) break;
      end = Math.max(end, span.address + span.count);
      if (to > from && end - start > rules.most) break;
      const cost = rules.exchange + Math.ceil((end - start) * rules.address) + (best[to + 1]?.cost ?? 0);
      if (cost <= least) {
        least = cost;
        next = to + 1;
        reached = end;
      }
    }
    best[from] = { cost: least, next, end: reached };
  }
  const result: Block[] = [];
  for (let from = 0; from < sorted.length; ) {
    const { next, end } = best[from] ?? { next: sorted.length, end: 0 };
    const address = sorted[from]?.[1].address ?? 0;
    result.push({ address, count: end - address, members: sorted.slice(from, next).map(([index]) => index) });
    from = next;
  }
  return result;
}
