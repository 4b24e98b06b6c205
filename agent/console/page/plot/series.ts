import type { History, Shown, ShownPoint } from '../../wire.ts';

/** One curve: its point, and its values, oldest first. */
export interface Curve {
  readonly plot: string;
  readonly name: string;
  readonly device: string;
  readonly unit: string;
  readonly isBoolean: boolean;
}

export const HOUR_MS = 3_600_000;
/** More than this of one curve is thinned by the server, so more comes only live. */
const MOST_VALUES = 20_000;

/** The values of one curve: the hour that the server kept, and the values since. */
export class CurveData {
  readonly at: number[] = [];
  readonly values: (number | null)[] = [];
  thinned = false;

  /** The history goes before what has come live since it was asked for. */
  begin(history: History): void {
    const last = history.at.at(-1) ?? -Infinity;
    const keep = this.at.findIndex((at) => at > last);
    const live = keep < 0 ? [] : this.at.slice(keep);
    const liveValues = keep < 0 ? [] : this.values.slice(keep);
    this.at.splice(0, this.at.length, ...history.at, ...live);
    this.values.splice(0, this.values.length, ...history.values, ...liveValues);
    this.thinned = history.thinned;
  }

  /** Takes a newer value; of the same time or an older one it has one already. */
  add(at: number, value: Shown | undefined): boolean {
    if (at <= (this.at.at(-1) ?? -Infinity)) return false;
    this.at.push(at);
    this.values.push(plotted(value));
    if (this.at.length > MOST_VALUES) {
      this.at.splice(0, this.at.length - MOST_VALUES);
      this.values.splice(0, this.values.length - MOST_VALUES);
    }
    return true;
  }

  /** Lowest, highest and newest within a span; undefined: no number in it. */
  within(from: number, to: number): { readonly low: number; readonly high: number; readonly last: number } | undefined {
    let found: { low: number; high: number; last: number } | undefined;
    for (const [place, at] of this.at.entries()) {
      const value = this.values[place];
      if (at < from || at > to || value === null || value === undefined) continue;
      found = { low: Math.min(found?.low ?? value, value), high: Math.max(found?.high ?? value, value), last: value };
    }
    return found;
  }
}

/** A truth is drawn as 0 or 1; a value that is no number is a gap. */
function plotted(value: Shown | undefined): number | null {
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'number' ? value : null;
}

export function curveOf(plot: string, device: string, point: ShownPoint | undefined): Curve {
  return {
    plot,
    device,
    name: point?.label ?? point?.name ?? plot.split('/').at(-1) ?? plot,
    unit: point?.type === 'boolean' ? 'on/off' : (point?.unit ?? ''),
    isBoolean: point?.type === 'boolean',
  };
}
