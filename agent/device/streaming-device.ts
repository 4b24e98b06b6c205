import type { Decoded, Framer, Stray, StreamDevice } from '../../drivers/contract/driver.ts';
import { Fault, toFault } from '../../drivers/contract/fault.ts';
import type { Memory } from '../../drivers/contract/memory.ts';
import type { Point, Sample, Value } from '../../drivers/contract/reading.ts';
import type { StreamingMember } from '../bus/member.ts';
import type { Clock, Instant } from '../clock/clock.ts';
import { contained } from './contained.ts';
import type { DeviceControl, PointsRead, WriteResult } from './control.ts';
import { hasRolledOver } from './date-check.ts';
import type { DeviceEvents } from './events.ts';
import { healthOf } from './health.ts';
import { Heard } from './heard.ts';
import { SelfTold } from './identity/self-told.ts';
import { ReadingRate } from './reading-rate.ts';
import type { DeviceSnapshot } from './snapshot.ts';

export interface StreamingDeviceOptions {
  readonly id: string;
  readonly bus: string;
  readonly device: StreamDevice;
  readonly clock: Clock;
  readonly events: DeviceEvents;
  /** Told of each frame that is counted by kind in the bus's status. */
  readonly stray: (kind: Stray) => void;
  /** Whether the wall clock can be believed: then a date of the device that can't be is not. */
  readonly isClockSynchronized: () => boolean;
  readonly staleAfterMs: number;
  /** At most so many readings a second, and as many more at once. At least 1. */
  readonly maxReadingsPerS: number;
  readonly allow: readonly string[];
}

/** A device that talks by itself: its frames, and when it has been quiet for too long. */
export class StreamingDevice implements StreamingMember, DeviceControl {
  readonly kind = 'stream';
  readonly id: string;
  readonly points: readonly Point[];
  readonly allow: readonly string[];
  readonly loaded = true;
  readonly #options: StreamingDeviceOptions;
  readonly #device: StreamDevice;
  readonly #newest = new Map<string, { readonly sample: Sample; readonly at: Instant }>();
  /** The points that tell the device's own date. */
  readonly #dates: ReadonlySet<string>;
  /** When a frame last told the point that need not yield to another. */
  readonly #toldAt = new Map<string, Instant>();
  readonly #rate: ReadingRate;
  readonly #told: SelfTold;
  readonly #frame = (bytes: Uint8Array) => this.#decode(bytes);
  /** Nothing where the driver could not make one: that is tried again about once a second. */
  #framer: Framer | undefined;
  /** The memory that the driver wants back with the next frame of this opening. */
  #memory: Memory | undefined;
  #discarded = 0;
  #skipped = 0;
  /** The line is open: only then silence means anything. */
  #open = false;
  #heard = new Heard();
  #online: boolean | null = null;
  #paused = false;
  #isStopped = false;
  /** The last good frame, the opening of the line, or the last verdict on a silence: quiet is counted from there. */
  #since: Instant = 0;
  #goodAtWall: number | null = null;
  #fault: Fault | undefined;
  /** Stays beside good values, until the date is right. */
  #dateFault: Fault | undefined;
  #readings = 0;
  #failures = 0;
  #passedOver = 0;

  constructor(options: StreamingDeviceOptions) {
    const { id, events } = options;
    this.#options = options;
    this.#device = contained(options.device, (call, fault) => events.threw?.(id, call, fault));
    this.id = id;
    this.points = this.#device.points;
    this.allow = options.allow;
    const { clock, maxReadingsPerS } = options;
    this.#told = new SelfTold((identity) => events.identity?.(id, identity));
    this.#rate = new ReadingRate(clock, maxReadingsPerS, (samples) => events.samples(this.id, samples));
    this.#dates = new Set(this.points.filter(({ tellsUtc }) => tellsUtc).map(({ name }) => name));
  }

  bytes(chunk: Uint8Array): void {
    if (this.#paused || this.#isStopped) return;
    this.#heard.bytes(chunk.length);
    const framer = this.#framer;
    if (framer === undefined) return;
    try {
      framer.push(chunk, this.#frame);
    } catch (thrown) {
      this.#bad(toFault(thrown));
      // the bytes that it holds can't be trusted any more
      this.#begin();
      return;
    }
    if (framer.discarded > this.#discarded) {
      this.#discarded = framer.discarded;
      this.#options.stray('noise');
      this.#bad(new Fault('framing/too-long'));
    }
    const skipped = framer.skipped ?? 0;
    // the device may be in order and mix in another protocol: counted, and no fault
    if (skipped > this.#skipped) this.#options.stray('noise');
    this.#skipped = skipped;
  }

  lineOpened(now: Instant): void {
    this.#open = true;
    this.#listen(now);
  }

  lineResumed(): void {
    // the rest of a frame from before the loss does not belong to the next bytes
    this.#begin();
  }

  #begin(): void {
    this.#framer = undefined;
    this.#memory = undefined;
    this.#discarded = 0;
    this.#skipped = 0;
    try {
      this.#framer = this.#device.framer();
    } catch (thrown) {
      this.#bad(toFault(thrown));
    }
  }

  #listen(now: Instant): void {
    this.lineResumed();
    this.#heard = new Heard();
    this.#since = now;
  }

  lineClosed(fault: Fault): void {
    this.#open = false;
    this.#rate.flush();
    this.#fault = fault;
    this.#options.events.failed(this.id, fault);
    this.#stand(false);
  }

  tick(now: Instant): void {
    if (this.#open && this.#framer === undefined) this.#begin();
    if (!this.#open || now - this.#since <= this.#options.staleAfterMs) return;
    this.#rate.flush();
    const fault = this.#heard.verdict();
    this.#heard = new Heard();
    this.#since = now;
    // its code says already why it is offline, until that changes
    if (fault.code !== this.#fault?.code) this.#bad(fault);
    this.#stand(false);
  }

  stopped(): void {
    this.#isStopped = true;
    this.#rate.flush();
  }

  pause(): void {
    this.#rate.flush();
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#listen(this.#options.clock.now());
  }

  /** It can't be asked: its last word, while that is not stale; each point for itself. */
  async read(names: readonly string[], signal: AbortSignal): Promise<Readonly<Record<string, Value>>> {
    return (await this.readEach(names, signal)).values;
  }

  async readEach(names: readonly string[], _signal: AbortSignal): Promise<PointsRead> {
    if (this.#online !== true) throw this.#fault ?? new Fault('device/stale');
    const oldest = this.#options.clock.now() - this.#options.staleAfterMs;
    const fresh = new Map(
      names.map((name) => {
        const newest = this.#newest.get(name);
        return [name, newest === undefined || newest.at < oldest ? undefined : newest.sample];
      }),
    );
    return {
      values: Object.fromEntries(Array.from(fresh, ([name, sample]) => [name, sample?.value ?? null])),
      doubtful: names.filter((name) => fresh.get(name)?.doubtful === true),
    };
  }

  async write(): Promise<WriteResult> {
    throw new Fault('command/not-writable');
  }

  snapshot(): DeviceSnapshot {
    return {
      id: this.id,
      bus: this.#options.bus,
      health: healthOf(this.#paused, this.#online),
      lastGoodAt: this.#goodAtWall,
      fault: (this.#fault ?? this.#dateFault)?.code ?? null,
      latencyMs: null,
      timeoutMs: null,
      readings: this.#readings,
      failures: this.#failures,
      passedOver: this.#passedOver,
      thinned: this.#rate.thinned,
      unreadable: [],
    };
  }

  #decode(bytes: Uint8Array): void {
    let decoded: Decoded;
    try {
      decoded = this.#device.decode(bytes, this.#memory);
    } catch (thrown) {
      this.#bad(toFault(thrown));
      return;
    }
    if (decoded.memory !== undefined) this.#memory = decoded.memory;
    if ('fault' in decoded) {
      this.#options.stray(decoded.stray);
      this.#bad(decoded.fault);
      return;
    }
    this.#told.take(decoded.identity);
    if (decoded.samples.length === 0) {
      this.#passedOver += 1;
      this.#heard.passedOver();
      return;
    }
    // a frame of which everything yields is good all the same: the device talks
    this.#good(this.#dated(this.#firm(decoded.samples)));
  }

  #good(samples: readonly Sample[]): void {
    const { clock } = this.#options;
    this.#since = clock.now();
    this.#heard = new Heard();
    this.#goodAtWall = clock.wall();
    this.#fault = undefined;
    this.#readings += 1;
    for (const sample of samples) this.#newest.set(sample.point, { sample, at: this.#since });
    this.#stand(true);
    if (samples.length > 0) this.#rate.take(samples);
  }

  /** Without the samples that yield to what another frame has told. */
  #firm(samples: readonly Sample[]): readonly Sample[] {
    const now = this.#options.clock.now();
    for (const { point, yields } of samples) if (!yields) this.#toldAt.set(point, now);
    const told = (point: string) => now - (this.#toldAt.get(point) ?? Number.NEGATIVE_INFINITY);
    return samples.filter(({ point, yields }) => !yields || told(point) > this.#options.staleAfterMs);
  }

  /** With null for a date that can't be, which is told once. */
  #dated(samples: readonly Sample[]): readonly Sample[] {
    const { clock, events, isClockSynchronized } = this.#options;
    const date = samples.find(({ point, value }) => this.#dates.has(point) && typeof value === 'string');
    if (date === undefined) return samples;
    if (!isClockSynchronized() || !hasRolledOver(String(date.value), clock.wall())) {
      this.#dateFault = undefined;
      return samples;
    }
    if (!this.#dateFault) {
      this.#dateFault = new Fault('device/date-suspect');
      this.#failures += 1;
      events.failed(this.id, this.#dateFault);
    }
    return samples.map((sample) => (this.#dates.has(sample.point) ? { ...sample, value: null } : sample));
  }

  #bad(fault: Fault): void {
    this.#heard.bad(fault);
    this.#fault = fault;
    this.#failures += 1;
    this.#options.events.failed(this.id, fault);
  }

  #stand(online: boolean): void {
    if (online === this.#online) return;
    this.#online = online;
    this.#options.events.availability(this.id, online);
  }
}
