import type { Framer, Stray, StreamDevice } from '../../drivers/contract/driver.ts';
import { Fault, toFault } from '../../drivers/contract/fault.ts';
import type { Point, Value } from '../../drivers/contract/reading.ts';
import type { StreamingMember } from '../bus/member.ts';
import type { Clock, Instant } from '../clock/clock.ts';
import type { DeviceControl, WriteResult } from '../command/control.ts';
import type { DeviceEvents } from './events.ts';
import { healthOf } from './health.ts';
import type { DeviceSnapshot } from './snapshot.ts';

export interface StreamingDeviceOptions {
  readonly id: string;
  readonly bus: string;
  readonly device: StreamDevice;
  readonly clock: Clock;
  readonly events: DeviceEvents;
  /** Told of each frame that is counted by kind in the bus's status. */
  readonly stray: (kind: Stray) => void;
  readonly staleAfterMs: number;
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
  readonly #newest = new Map<string, Value>();
  readonly #frame = (bytes: Uint8Array) => this.#decode(bytes);
  #framer: Framer;
  #discarded = 0;
  #online: boolean | null = null;
  #paused = false;
  /** The last good frame, or the opening of the line: quiet is counted from there. */
  #since: Instant = 0;
  #goodAtWall: number | null = null;
  #fault: Fault | undefined;
  #readings = 0;
  #failures = 0;

  constructor(options: StreamingDeviceOptions) {
    this.#options = options;
    this.id = options.id;
    this.points = options.device.points;
    this.allow = options.allow;
    this.#framer = options.device.framer();
  }

  bytes(chunk: Uint8Array): void {
    if (this.#paused) return;
    try {
      this.#framer.push(chunk, this.#frame);
    } catch (thrown) {
      this.#bad(toFault(thrown));
    }
    if (this.#framer.discarded > this.#discarded) {
      this.#discarded = this.#framer.discarded;
      this.#options.stray('noise');
      this.#bad(new Fault('framing/too-long'));
    }
  }

  lineOpened(now: Instant): void {
    this.lineResumed();
    this.#since = now;
  }

  lineResumed(): void {
    // what was left of a frame before the loss does not belong to what comes now
    this.#framer = this.#options.device.framer();
    this.#discarded = 0;
  }

  lineClosed(fault: Fault): void {
    this.#fault = fault;
    this.#options.events.failed(this.id, fault);
    this.#stand(false);
  }

  tick(now: Instant): void {
    if (this.#online === false || now - this.#since <= this.#options.staleAfterMs) return;
    this.#bad(new Fault('device/stale'));
    this.#stand(false);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.lineOpened(this.#options.clock.now());
  }

  /** It can't be asked: what it said last, while that is not stale. */
  async read(names: readonly string[], _signal: AbortSignal): Promise<Readonly<Record<string, Value>>> {
    if (this.#online !== true) throw this.#fault ?? new Fault('device/stale');
    return Object.fromEntries(names.map((name) => [name, this.#newest.get(name) ?? null]));
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
      fault: this.#fault?.code ?? null,
      latencyMs: null,
      timeoutMs: null,
      readings: this.#readings,
      failures: this.#failures,
    };
  }

  #decode(bytes: Uint8Array): void {
    const decoded = this.#options.device.decode(bytes);
    if ('fault' in decoded) {
      this.#options.stray(decoded.stray);
      this.#bad(decoded.fault);
      return;
    }
    if (decoded.samples.length === 0) return;
    const { clock, events } = this.#options;
    this.#since = clock.now();
    this.#goodAtWall = clock.wall();
    this.#fault = undefined;
    this.#readings += 1;
    for (const { point, value } of decoded.samples) this.#newest.set(point, value);
    this.#stand(true);
    events.samples(this.id, decoded.samples);
  }

  #bad(fault: Fault): void {
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
