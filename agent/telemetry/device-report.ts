import type { FaultCode } from '../../drivers/contract/faults.ts';
import type { Sample, Value } from '../../drivers/contract/reading.ts';
import { isInRange } from '../../drivers/schema/allowed.ts';
import type { Instant } from '../clock/clock.ts';
import type { DeviceDescription } from '../device/events.ts';
import { isNews, type Published } from './filter.ts';
import { type PointTable, pointTable } from './point-table.ts';
import { plainText, valueText } from './reading.ts';
import { ValueStore } from './value-store.ts';

/** A line that garbles frames by the hundred must not push good readings out of the outbox: then one bad one a second. */
const BAD_BURST = 10;
const BAD_EVERY = 1000;

/** A reading never grows beyond this: more values make two. Half of what a link takes in. */
const LONGEST_MEMBERS = 32_768;

/** Values that go into one reading. */
export interface ReportPart {
  readonly quality: 'good' | 'uncertain';
  /** `"name":value,…` */
  readonly members: string;
}

/** A point's newest sample. */
export interface NewestSample {
  readonly point: string;
  readonly value: Value;
  /** `bad`: out of the point's range, or nothing vouches for it. */
  readonly quality: 'good' | 'bad' | 'stale';
  /** Milliseconds. */
  readonly age: number;
}

/**
 * The known facts of a device, and those of them that have been published. Knows no broker and no outbox. Plants have
 * tens of thousands of points: the facts of each lie in a few arrays, by the point's place in its table.
 */
export class DeviceReport {
  readonly id: string;
  readonly #heartbeat: number;
  readonly #table: PointTable;
  readonly #newest: ValueStore;
  readonly #newestAt: Float64Array;
  /** 1: out of its range, or doubtful. */
  readonly #outside: Uint8Array;
  /** Only where a point has a deadband. */
  #published: (Published | undefined)[] = [];
  #failing: FaultCode | undefined;
  #failingSince: Instant = 0;
  /** When the burst of bad readings that was used so far is earned again. */
  #badEarnedAt: Instant = Number.NEGATIVE_INFINITY;

  constructor(description: DeviceDescription) {
    this.id = description.id;
    this.#heartbeat = description.heartbeatMs;
    this.#table = pointTable(description);
    const { length } = this.#table.points;
    this.#newest = new ValueStore(length);
    this.#newestAt = new Float64Array(length);
    this.#outside = new Uint8Array(length);
  }

  /** Takes the samples of one poll or frame; names that the device does not have are left out. @returns what is news */
  take(samples: readonly Sample[], now: Instant): readonly ReportPart[] {
    const { points, places } = this.#table;
    const touched: number[] = [];
    this.#table.beginBatch();
    for (const { point: name, value, doubtful } of samples) {
      const place = places.get(name);
      const point = place === undefined ? undefined : points[place];
      if (place === undefined || point === undefined) continue;
      this.#newest.set(place, value);
      this.#outside[place] = doubtful !== true && isInRange(point, value) ? 0 : 1;
      this.#newestAt[place] = now;
      // a point that comes twice goes out once
      if (!this.#table.isInBatch(place)) touched.push(place);
    }
    if (touched.length > 0) this.#failing = undefined;
    return this.#news(touched, now);
  }

  /**
   * A poll or frame that gave nothing.
   * @returns whether that is news: the first, another fault, or after the heartbeat; in the long run once a second
   */
  fail(code: FaultCode, now: Instant): boolean {
    if (code === this.#failing && now - this.#failingSince < this.#heartbeat) return false;
    const earnedAt = Math.max(this.#badEarnedAt, now) + BAD_EVERY;
    if (earnedAt - now > BAD_BURST * BAD_EVERY) return false;
    this.#badEarnedAt = earnedAt;
    this.#failing = code;
    this.#failingSince = now;
    // the next good value is news, also an equal one: else the newest reading would stay a bad one
    this.#published = [];
    return true;
  }

  /**
   * The newest value of each point, filtered or not, where it is good and not too old, else `null`; empty before the
   * first.
   * @returns `until`: the last instant at which this is so if nothing comes
   */
  newest(now: Instant): { readonly members: string; readonly until: Instant } {
    const { keys, freshFor } = this.#table;
    let members = '';
    let until = Number.POSITIVE_INFINITY;
    for (let place = 0; place < keys.length; place += 1) {
      const value = this.#newest.get(place);
      if (value === undefined) continue;
      const at = this.#at(place);
      const fresh = freshFor[place] ?? 0;
      const isGood = this.#outside[place] === 0 && now - at <= fresh;
      if (isGood && value !== null) until = Math.min(until, at + fresh);
      members += `${members === '' ? '' : ','}${keys[place]}${valueText(isGood ? value : null)}`;
    }
    return { members, until };
  }

  /** The same values one by one, each as plain text; empty before the first. */
  *newestOfEach(now: Instant): Iterable<readonly [point: string, text: string]> {
    for (const { point, value, quality } of this.samples(now)) {
      yield [point, plainText(quality === 'good' ? value : null)];
    }
  }

  /** The newest sample of each point, and how far it can be trusted now; nothing of points that never had one. */
  *samples(now: Instant): Iterable<NewestSample> {
    const { points, freshFor } = this.#table;
    for (const [place, { name }] of points.entries()) {
      const value = this.#newest.get(place);
      if (value === undefined) continue;
      const age = now - this.#at(place);
      const quality = age > (freshFor[place] ?? 0) ? 'stale' : this.#outside[place] === 0 ? 'good' : 'bad';
      yield { point: name, value, quality, age };
    }
  }

  #at(place: number): Instant {
    return this.#newestAt[place] ?? 0;
  }

  #news(touched: readonly number[], now: Instant): readonly ReportPart[] {
    const { points, keys, hasDeadbands } = this.#table;
    const parts: ReportPart[] = [];
    let members = '';
    let quality: ReportPart['quality'] = 'good';
    for (const place of touched) {
      const point = points[place];
      const value = this.#newest.get(place);
      const inRange = this.#outside[place] === 0;
      if (point === undefined || value === undefined) continue;
      if (hasDeadbands) {
        if (!isNews(point, this.#heartbeat, this.#published[place], value, inRange, now)) continue;
        if (point.deadband !== undefined) this.#published[place] = { value, inRange, at: now };
      }
      if (members.length > LONGEST_MEMBERS) {
        parts.push({ quality, members });
        members = '';
        quality = 'good';
      }
      members += `${members === '' ? '' : ','}${keys[place]}${valueText(value)}`;
      if (!inRange) quality = 'uncertain';
    }
    if (members !== '') parts.push({ quality, members });
    return parts;
  }
}
