import type { FaultCode } from '../../drivers/contract/faults.ts';
import type { Point, Sample, Value } from '../../drivers/contract/reading.ts';
import { isInRange } from '../../drivers/schema/allowed.ts';
import type { Instant } from '../clock/clock.ts';
import type { DeviceDescription } from '../device/events.ts';
import { isNews, type Published } from './filter.ts';
import { memberKey, plainText, valueText } from './reading.ts';

/** A line that garbles frames by the hundred must not push good readings out of the outbox: then one bad one a second. */
const BAD_BURST = 10;
const BAD_EVERY = 1000;

/** A reading never grows beyond this: more values make two. Half of what a link takes in. */
const LONGEST_MEMBERS = 32_768;

/** A value is fresh for so many of its own periods, where these are longer than `staleAfterMs`. */
const FRESH_PERIODS = 3;

interface PointReport {
  readonly point: Point;
  readonly key: string;
  /** Undefined before the first sample. */
  newest: Value | undefined;
  /** And not doubtful. */
  newestInRange: boolean;
  newestAt: Instant;
  /** A value that is older than this says nothing of now, milliseconds. */
  readonly freshFor: number;
  published: Published | undefined;
  /** The last batch of samples that held it: a point that comes twice in one goes out once. */
  batch: number;
}

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

/** What is known of a device, and what of it has been published. Knows no broker and no outbox. */
export class DeviceReport {
  readonly id: string;
  readonly #heartbeat: number;
  readonly #points: ReadonlyMap<string, PointReport>;
  #batch = 0;
  #failing: FaultCode | undefined;
  #failingSince: Instant = 0;
  /** When the burst of bad readings that was used so far is earned again. */
  #badEarnedAt: Instant = Number.NEGATIVE_INFINITY;

  constructor({ id, points, heartbeatMs, staleAfterMs, pollMs }: DeviceDescription) {
    this.id = id;
    this.#heartbeat = heartbeatMs;
    const fresh = (point: Point): PointReport => {
      return {
        point,
        key: memberKey(point.name),
        newest: undefined,
        newestInRange: true,
        newestAt: Number.NEGATIVE_INFINITY,
        freshFor: Math.max(staleAfterMs, FRESH_PERIODS * (point.pollMs ?? pollMs)),
        published: undefined,
        batch: 0,
      };
    };
    this.#points = new Map(points.map((point) => [point.name, fresh(point)]));
  }

  /** Takes the samples of one poll or frame; names that the device does not have are left out. @returns what is news */
  take(samples: readonly Sample[], now: Instant): readonly ReportPart[] {
    this.#batch += 1;
    const touched: PointReport[] = [];
    for (const { point: name, value, doubtful } of samples) {
      const report = this.#points.get(name);
      if (report === undefined) continue;
      report.newest = value;
      report.newestInRange = doubtful !== true && isInRange(report.point, value);
      report.newestAt = now;
      if (report.batch !== this.#batch) touched.push(report);
      report.batch = this.#batch;
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
    // the next good value is news, whatever it is: else the newest reading would stay a bad one
    for (const report of this.#points.values()) report.published = undefined;
    return true;
  }

  /**
   * The newest value of each point, filtered or not, where it is good and not too old, else `null`; empty before the
   * first.
   * @returns `until`: the last instant at which this is so if nothing comes
   */
  newest(now: Instant): { readonly members: string; readonly until: Instant } {
    let members = '';
    let until = Number.POSITIVE_INFINITY;
    for (const { key, newest, newestInRange, newestAt, freshFor } of this.#points.values()) {
      if (newest === undefined) continue;
      const isGood = newestInRange && now - newestAt <= freshFor;
      if (isGood && newest !== null) until = Math.min(until, newestAt + freshFor);
      members += `${members === '' ? '' : ','}${key}${valueText(isGood ? newest : null)}`;
    }
    return { members, until };
  }

  /** The same values one by one, each as plain text; empty before the first. */
  *newestOfEach(now: Instant): Iterable<readonly [point: string, text: string]> {
    for (const { point, newest, newestInRange, newestAt, freshFor } of this.#points.values()) {
      if (newest === undefined) continue;
      yield [point.name, plainText(newestInRange && now - newestAt <= freshFor ? newest : null)];
    }
  }

  /** The newest sample of each point, and how far it can be trusted now; nothing of points that never had one. */
  *samples(now: Instant): Iterable<NewestSample> {
    for (const { point, newest, newestInRange, newestAt, freshFor } of this.#points.values()) {
      if (newest === undefined) continue;
      const age = now - newestAt;
      const quality = age > freshFor ? 'stale' : newestInRange ? 'good' : 'bad';
      yield { point: point.name, value: newest, quality, age };
    }
  }

  #news(touched: readonly PointReport[], now: Instant): readonly ReportPart[] {
    const parts: ReportPart[] = [];
    let members = '';
    let quality: ReportPart['quality'] = 'good';
    for (const report of touched) {
      const { point, key, newest, newestInRange, published } = report;
      if (newest === undefined || !isNews(point, this.#heartbeat, published, newest, newestInRange, now)) continue;
      if (point.deadband !== undefined) report.published = { value: newest, inRange: newestInRange, at: now };
      if (members.length > LONGEST_MEMBERS) {
        parts.push({ quality, members });
        members = '';
        quality = 'good';
      }
      members += `${members === '' ? '' : ','}${key}${valueText(newest)}`;
      if (!newestInRange) quality = 'uncertain';
    }
    if (members !== '') parts.push({ quality, members });
    return parts;
  }
}
