import type { OverheardExchange } from '../../../drivers/modbus/listen/pairing.ts';
import { table } from '../table.ts';

/** The figures of one unit and one function. */
interface Figures {
  readonly unit: number;
  readonly function: number;
  requests: number;
  answers: number;
  unanswered: number;
  damaged: number;
  unasked: number;
  readonly exceptions: Map<number, number>;
  timed: number;
  sumMs: number;
  minMs: number;
  maxMs: number;
}

/** A line has 248 units; more pairs than these come from bytes that are no Modbus. */
const MOST = 1024;

/** Counts per unit and function. */
export class ModbusFigures {
  readonly #all = new Map<number, Figures>();

  add({ unit, function: code, outcome, exception, responseMs }: OverheardExchange): void {
    const figures = this.#of(unit, code);
    if (figures === undefined) return;
    if (outcome === 'unasked') figures.unasked += 1;
    else figures.requests += 1;
    if (outcome === 'answered') figures.answers += 1;
    if (outcome === 'unanswered') figures.unanswered += 1;
    if (outcome === 'damaged') figures.damaged += 1;
    if (exception !== undefined) figures.exceptions.set(exception, (figures.exceptions.get(exception) ?? 0) + 1);
    if (responseMs === undefined) return;
    figures.timed += 1;
    figures.sumMs += responseMs;
    figures.minMs = Math.min(figures.minMs, responseMs);
    figures.maxMs = Math.max(figures.maxMs, responseMs);
  }

  json(): readonly object[] {
    return this.#sorted().map(({ exceptions, timed, sumMs, minMs, maxMs, ...counts }) => ({
      ...counts,
      exceptions: Object.fromEntries(exceptions),
      responseMs: timed === 0 ? null : { min: tenths(minMs), mean: tenths(sumMs / timed), max: tenths(maxMs) },
    }));
  }

  text(): string {
    const heads = [
      'unit',
      'function',
      'requests',
      'answers',
      'exceptions',
      'unanswered',
      'damaged',
      'unasked',
      'ms least',
      'mean',
      'most',
    ];
    const rows = this.#sorted().map((each) => {
      const { timed } = each;
      const times =
        timed === 0 ? ['', '', ''] : [each.minMs, each.sumMs / timed, each.maxMs].map((ms) => `${tenths(ms)}`);
      const exceptions = Array.from(each.exceptions, ([code, count]) => `${count}x${code}`).join(' ');
      const counts = [each.unit, each.function, each.requests, each.answers].map(String);
      return [...counts, exceptions, ...[each.unanswered, each.damaged, each.unasked].map(String), ...times];
    });
    return table([heads, ...rows]);
  }

  #of(unit: number, code: number): Figures | undefined {
    const key = unit * 256 + code;
    const known = this.#all.get(key);
    if (known !== undefined || this.#all.size >= MOST) return known;
    const fresh: Figures = {
      ...{ unit, function: code, requests: 0, answers: 0, unanswered: 0, damaged: 0, unasked: 0 },
      ...{ exceptions: new Map(), timed: 0, sumMs: 0, minMs: Number.POSITIVE_INFINITY, maxMs: 0 },
    };
    this.#all.set(key, fresh);
    return fresh;
  }

  #sorted(): readonly Figures[] {
    return [...this.#all.values()].sort((a, b) => a.unit - b.unit || a.function - b.function);
  }
}

/** Milliseconds with one digit. */
export function tenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
