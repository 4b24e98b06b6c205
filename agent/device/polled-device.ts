import type { Dialogue } from '../../drivers/contract/dialogue.ts';
import type { PollDevice } from '../../drivers/contract/driver.ts';
import { Fault, toFault } from '../../drivers/contract/fault.ts';
import type { Point, Sample, Value } from '../../drivers/contract/reading.ts';
import type { PolledMember, Trust } from '../bus/member.ts';
import type { Instant } from '../clock/clock.ts';
import { contained } from './contained.ts';
import type { DeviceControl, PointsRead, WriteResult } from './control.ts';
import { answered, healthOf, type Standing, seen, trustIn, UNKNOWN, unanswered, withoutUse } from './health.ts';
import { DeviceMemory } from './memory.ts';
import type { PolledDeviceOptions } from './polled-device-options.ts';
import { DirectAccess } from './polling/direct-access.ts';
import type { PollResult } from './polling/poll-result.ts';
import { Polling } from './polling/polling.ts';
import { RestingLine } from './polling/resting-line.ts';
import { Timeouts } from './polling/timeouts.ts';
import type { DeviceSnapshot } from './snapshot.ts';

/** A device that is asked: when, how it stands, and what became of it. */
export class PolledDevice implements PolledMember, DeviceControl {
  readonly kind = 'poll';
  readonly id: string;
  readonly points: readonly Point[];
  readonly allow: readonly string[];
  readonly loaded = true;
  readonly #options: PolledDeviceOptions;
  readonly #device: PollDevice;
  readonly #memory: DeviceMemory;
  readonly #timeouts: Timeouts;
  /** Only of a device that must rest between two questions. */
  readonly #resting: RestingLine | undefined;
  readonly #polling: Polling;
  readonly #direct: DirectAccess;
  #standing: Standing = UNKNOWN;
  #lineOpen = false;
  #paused = false;
  #notBefore: Instant = Number.NEGATIVE_INFINITY;
  /** The same where the line has nothing else to do. */
  #freeFrom: Instant = Number.NEGATIVE_INFINITY;
  #goodAt: Instant | null = null;
  #goodAtWall: number | null = null;
  #fault: Fault | undefined;
  #latencyMs: number | null = null;
  #readings = 0;
  #failures = 0;

  constructor(options: PolledDeviceOptions) {
    const { id, events } = options;
    this.#options = options;
    this.#device = contained(options.device, (call, fault) => events.threw?.(id, call, fault));
    this.id = id;
    this.#memory = new DeviceMemory(id);
    this.points = this.#device.points;
    this.allow = options.allow;
    this.#timeouts = new Timeouts(options.timeouts);
    this.#resting = this.#restingLine();
    const line = this.#resting ?? options.line;
    const { clock, pollMs } = options;
    const common = { device: this.#device, asker: this.#memory, line, clock };
    this.#polling = new Polling({ ...common, pollMs, timeouts: this.#timeouts, inParts: this.#resting !== undefined });
    const experience = {
      spread: (plan: readonly Dialogue[]) => this.#polling.spread(plan),
      heard: (dialogue: Dialogue) => this.#polling.heard(dialogue),
      why: (dialogue: Dialogue, fault: Fault) => this.#meant(this.#polling.why(dialogue, fault)),
    };
    this.#direct = new DirectAccess({ ...common, experience });
  }

  dueAt(): Instant {
    if (!this.#lineOpen || this.#paused) return Number.POSITIVE_INFINITY;
    const readyAt = this.#resting?.pollReadyAt ?? Number.NEGATIVE_INFINITY;
    return this.#resting?.interrupted ? readyAt : Math.max(this.#polling.dueAt(), this.#notBefore, readyAt);
  }

  freeAt(): Instant {
    if (!this.#lineOpen || this.#paused) return Number.POSITIVE_INFINITY;
    const readyAt = this.#resting?.pollReadyAt ?? Number.NEGATIVE_INFINITY;
    return this.#resting?.interrupted ? readyAt : Math.max(this.#polling.dueAt(), this.#freeFrom, readyAt);
  }

  trust(): Trust {
    return trustIn(this.#standing);
  }

  cost(): number {
    return this.#timeouts.cost;
  }

  async poll(signal: AbortSignal): Promise<boolean> {
    const result = await this.#poll(signal);
    if (!result) return this.#interrupted();
    // the line may have been lost meanwhile: then that is what counts
    if (!this.#lineOpen) return false;
    if (result.samples.length > 0) this.#good(result);
    if (result.fault && result.standing !== 'unsent') this.#bad(this.#meant(result.fault), result);
    this.#settle(result);
    this.#tellPoints();
    return result.standing !== 'unsent' && result.standing !== 'idle' && result.standing !== 'broken';
  }

  lineOpened(now: Instant): void {
    this.#lineOpen = true;
    this.#memory.forget();
    this.#askFrom(now, now);
    this.#polling.restart(now);
  }

  lineResumed(): void {
    this.#memory.forget();
  }

  lineClosed(fault: Fault): void {
    this.#lineOpen = false;
    this.#resting?.abandon();
    this.#fault = fault;
    this.#options.events.failed(this.id, fault);
    this.#stand(withoutUse());
  }

  tick(now: Instant): void {
    if (this.#standing.online !== true || !this.#isStale(now)) return;
    this.#fault = new Fault('device/stale');
    this.#options.events.failed(this.id, this.#fault);
    this.#stand({ ...this.#standing, online: false });
  }

  pause(): void {
    this.#paused = true;
    this.#resting?.abandon();
    // a command that has left the turn to the poll need not wait for it
    this.#resting?.wake();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#polling.restart(this.#options.clock.now());
    this.#options.line.wake();
  }

  async read(names: readonly string[], signal: AbortSignal): Promise<Readonly<Record<string, Value>>> {
    const values = await this.#direct.read(names, signal);
    this.#seen();
    return values;
  }

  async readExactly(names: readonly string[], signal: AbortSignal): Promise<readonly Sample[]> {
    const samples = await this.#direct.samples(names, signal);
    this.#seen();
    return samples;
  }

  async readEach(names: readonly string[], signal: AbortSignal): Promise<PointsRead> {
    const present = this.#standing.online === true && this.trust() === 'trusted';
    const read = await this.#direct.readEach(names, signal, present);
    if (Object.keys(read.values).length > 0) this.#seen();
    return read;
  }

  check(values: ReadonlyMap<string, Value>): void {
    this.#device.write(values);
  }

  async write(values: ReadonlyMap<string, Value>, stillValid: () => void, signal: AbortSignal): Promise<WriteResult> {
    const result = await this.#direct.write(values, stillValid, signal);
    if (result.outcome !== 'unknown') this.#seen();
    return result;
  }

  snapshot(): DeviceSnapshot {
    return {
      id: this.id,
      bus: this.#options.bus,
      health: healthOf(this.#paused, this.#standing.online),
      lastGoodAt: this.#goodAtWall,
      fault: this.#fault?.code ?? null,
      latencyMs: this.#latencyMs,
      timeoutMs: this.#timeouts.current,
      readings: this.#readings,
      failures: this.#failures,
      passedOver: 0,
      thinned: 0,
      unreadable: this.#polling.unreadable.codes(),
    };
  }

  #restingLine(): RestingLine | undefined {
    const { line, clock, minGapMs = 0 } = this.#options;
    if (minGapMs === 0) return undefined;
    const wantsPoll = () => this.trust() === 'trusted' && this.dueAt() <= clock.now();
    return new RestingLine({ line, clock, minGapMs, wantsPoll });
  }

  /** What a poll throws is this device's own: the driver can't say what to ask, or what came of it. */
  async #poll(signal: AbortSignal): Promise<PollResult | undefined> {
    const whole = async (): Promise<PollResult> => {
      try {
        return await this.#polling.poll(signal, this.trust() === 'offline');
      } catch (thrown) {
        return this.#polling.broken(toFault(thrown));
      }
    };
    return this.#resting ? this.#resting.stretch(whole) : whole();
  }

  /** The device rests in the middle of its poll; if it answered well, what is left of the poll comes in time. */
  #interrupted(): boolean {
    if (this.#paused) this.#resting?.abandon();
    const asked = this.#resting?.asked === true;
    if (asked && this.#resting?.spoke) this.#standing = { ...this.#standing, expected: true };
    return asked;
  }

  #good(result: PollResult): void {
    const { clock, events } = this.#options;
    this.#goodAt = clock.now();
    this.#goodAtWall = clock.wall();
    this.#latencyMs = result.latencyMs;
    this.#readings += 1;
    // what is refused at a longer period stands until it is read
    if (!result.fault) this.#fault = result.refusal;
    events.samples(this.id, result.samples);
  }

  #bad(fault: Fault, { samples, standing }: PollResult): void {
    // a point that is refused for good is news once; a bad reading in each poll would belie those of the other points
    const known = standing === 'answered' && samples.length > 0 && this.#fault?.code === fault.code;
    this.#fault = fault;
    this.#failures += 1;
    if (!known) this.#options.events.failed(this.id, fault);
  }

  #meant(fault: Fault): Fault {
    const { silence } = this.#options;
    const isMute = fault.code === 'device/silent' && this.#goodAt === null;
    return isMute && silence !== undefined ? new Fault(silence) : fault;
  }

  #settle(result: PollResult): void {
    const { clock, health } = this.#options;
    switch (result.standing) {
      case 'answered':
        // it may have been asked before its back-off was over
        this.#askFrom(clock.now(), clock.now());
        // who refuses everything for so long is there, but of no use: it must not be online between two looks
        this.#stand(result.samples.length === 0 && this.#isStale(clock.now()) ? withoutUse() : answered());
        return;
      case 'idle':
        return;
      case 'unsent':
        this.#askFrom(Math.max(this.#notBefore, result.clearAt), Math.max(this.#freeFrom, result.clearAt));
        return;
      case 'broken':
      case 'damaged':
      case 'silent': {
        // part of the poll was good: it is there, and this is its first failure
        const before = result.samples.length > 0 ? answered() : this.#standing;
        const standing = unanswered(before, health, result.standing === 'damaged' && result.heard);
        const now = clock.now();
        const pause = standing.online === false ? health.probeMin : 0;
        this.#askFrom(Math.max(result.clearAt, now + standing.probeAfter), Math.max(result.clearAt, now + pause));
        this.#stand(standing);
      }
    }
  }

  #tellPoints(): void {
    const news = this.#polling.unreadable.news(this.#options.clock.now());
    if (news) this.#options.events.points?.(this.id, news);
  }

  /** It was good once, and that was too long ago. */
  #isStale(now: Instant): boolean {
    return this.#goodAt !== null && now - this.#goodAt > this.#options.staleAfterMs;
  }

  #askFrom(notBefore: Instant, freeFrom: Instant): void {
    this.#notBefore = notBefore;
    this.#freeFrom = freeFrom;
  }

  /** A device that answered a command is there: no need to wait for its next probe. */
  #seen(): void {
    if (!this.#lineOpen || this.trust() === 'trusted') return;
    const { clock, line } = this.#options;
    this.#standing = seen(this.#standing);
    this.#askFrom(clock.now(), clock.now());
    line.wake();
  }

  #stand(standing: Standing): void {
    const news = standing.online !== this.#standing.online && standing.online !== null;
    this.#standing = standing;
    if (news) this.#options.events.availability(this.id, standing.online === true);
    if (news && !standing.online) this.#polling.forgetRefusals();
  }
}
