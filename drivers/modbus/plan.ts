import type { LineTiming } from '../contract/port.ts';
import type { Options } from './options.ts';
import type { RegisterKind } from './point.ts';
import { silenceMs } from './rtu/silence.ts';

/** A run of addresses that belong together: a point, or what one request reads. */
export interface Span {
  readonly address: number;
  readonly count: number;
}

/** What one request reads, and the places in the given list of the spans that lie in it. */
export interface Block extends Span {
  readonly members: readonly number[];
}

/** Characters of a request and of an answer around its values: 8 and 5 (V1.1b3, 6.1 to 6.4). */
const FRAME_CHARACTERS = 13;

/** What a meter usually takes to begin its answer; only decides when one long request beats two short ones. */
const TURNAROUND_MS = 5;

/** Where the speed of the line is not known: what the silences and the device take at 9600 baud. */
const UNKNOWN_PAUSE_CHARACTERS = 12;

export interface Rules {
  /** The most addresses in one request. */
  readonly most: number;
  readonly maxHole: number;
  /** What another exchange costs, in characters. */
  readonly exchange: number;
  /** Characters of the answer for each address; what is begun counts whole. */
  readonly address: number;
}

/** @param line silences before and behind the request and the device's own pause are part of an exchange's cost */
export function rulesFor(
  kind: RegisterKind,
  options: Pick<Options, 'maxRegisters' | 'maxCoils' | 'maxHole'>,
  line: LineTiming,
): Rules {
  const pause =
    line.characterMs > 0 ? (2 * silenceMs(line) + TURNAROUND_MS) / line.characterMs : UNKNOWN_PAUSE_CHARACTERS;
  const bits = kind === 'coil' || kind === 'discrete';
  return {
    most: bits ? options.maxCoils : options.maxRegisters,
    maxHole: options.maxHole,
    exchange: FRAME_CHARACTERS + pause,
    address: bits ? 1 / 8 : 2,
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
  const sorted = spans
    .map((span, index) => ({ ...span, index }))
    .sort((a, b) => a.address - b.address || a.count - b.count || a.index - b.index);
  /** For each span, what the cheapest requests from it to the last one cost, and where the next of them begins. */
  const best: { cost: number; next: number; end: number }[] = new Array(sorted.length);
  for (let from = sorted.length - 1; from >= 0; from -= 1) {
    const start = sorted[from]?.address ?? 0;
    let end = start;
    let chosen = { cost: Number.POSITIVE_INFINITY, next: sorted.length, end: start };
    for (let to = from; to < sorted.length; to += 1) {
      const span = sorted[to];
      if (span === undefined || (to > from && span.address - end > rules.maxHole)) break;
      end = Math.max(end, span.address + span.count);
      if (to > from && end - start > rules.most) break;
      const cost = rules.exchange + Math.ceil((end - start) * rules.address) + (best[to + 1]?.cost ?? 0);
      if (cost <= chosen.cost) chosen = { cost, next: to + 1, end };
    }
    best[from] = chosen;
  }
  const result: Block[] = [];
  for (let from = 0; from < sorted.length; ) {
    const { next, end } = best[from] ?? { next: sorted.length, end: 0 };
    const address = sorted[from]?.address ?? 0;
    result.push({ address, count: end - address, members: sorted.slice(from, next).map((span) => span.index) });
    from = next;
  }
  return result;
}
