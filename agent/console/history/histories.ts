import { HISTORY_BYTES, HISTORY_SPAN, LEAST_KEPT, MOST_AHEAD, MOST_KEPT, MOST_PLOTTED } from '../limits.ts';
import type { History, Shown } from '../wire.ts';
import { plotted } from './plotted.ts';
import { KEPT_BYTES, type KeptValues, PointHistory } from './point-history.ts';

type Device = Map<string, PointHistory>;

/**
 * The last hour of every point whose value is a number or boolean. All points share the bytes evenly: the more there
 * are, the fewer values each of them keeps.
 */
export class Histories {
  readonly #devices = new Map<string, Device>();
  readonly #bytes: number;
  #points = 0;
  /** Values that each point may keep now. */
  #share = MOST_KEPT;

  constructor(bytes: number = HISTORY_BYTES) {
    this.#bytes = bytes;
  }

  /** Bytes that the kept values take, and the room for more of them. */
  get bytes(): number {
    let sum = 0;
    for (const device of this.#devices.values()) for (const { capacity } of device.values()) sum += capacity;
    return sum * KEPT_BYTES;
  }

  /**
   * @param device `gateway/device`
   * @param said when the device was read by its gateway's clock, milliseconds since 1970
   * @param now by the console's
   */
  add(device: string, point: string, value: Shown, said: number | undefined, now: number): void {
    const number = numberOf(value);
    if (number === undefined) return;
    const history = this.#devices.get(device)?.get(point);
    const newest = history?.newest;
    // a clock that went back leaves nothing that could be drawn
    if (newest !== undefined && newest > now + MOST_AHEAD) history?.clear();
    const after = history?.newest;
    let at = said === undefined || said > now + MOST_AHEAD ? now : said;
    if (at < now - HISTORY_SPAN) return;
    if (after !== undefined && at <= after) {
      // a state that is sent again with its old time tells that a value has become too old, or nothing
      if (Object.is(history?.last, number)) return;
      at = Math.max(now, after + 1);
    }
    (history ?? this.#make(device, point)).push(at, number, this.#share);
  }

  forget(device: string): void {
    const points = this.#devices.get(device);
    if (points === undefined) return;
    this.#devices.delete(device);
    this.#points -= points.size;
    this.#divide();
  }

  /** For the page: thinned once more where there are too many to draw. */
  plot(device: string, point: string, from: number, to: number): History {
    const history = this.#devices.get(device)?.get(point);
    const kept = this.kept(device, point, from, to);
    const drawn = plotted(kept, MOST_PLOTTED);
    return {
      at: drawn.at,
      values: drawn.values.map((value) => (Number.isNaN(value) ? null : value)),
      thinned: history?.thinned === true || drawn.at.length < kept.at.length,
    };
  }

  /** Every kept value between two times. */
  kept(device: string, point: string, from: number, to: number): KeptValues {
    return this.#devices.get(device)?.get(point)?.between(from, to) ?? { at: [], values: [] };
  }

  #make(device: string, point: string): PointHistory {
    const points: Device = this.#devices.get(device) ?? new Map();
    this.#devices.set(device, points);
    const history = new PointHistory(LEAST_KEPT);
    points.set(point, history);
    this.#points += 1;
    this.#divide();
    return history;
  }

  #divide(): void {
    const even = this.#bytes / KEPT_BYTES / Math.max(1, this.#points);
    const share = Math.min(MOST_KEPT, Math.max(LEAST_KEPT * 2, 2 ** Math.floor(Math.log2(even))));
    const before = this.#share;
    this.#share = share;
    if (share >= before) return;
    for (const device of this.#devices.values()) for (const history of device.values()) history.limit(share);
  }
}

/** Undefined for text: it can not be drawn. */
function numberOf(value: Shown): number | undefined {
  if (value === null) return Number.NaN;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'number' ? value : undefined;
}
