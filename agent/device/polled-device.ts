import type { Dialogue } from '../../drivers/contract/dialogue.ts';
import type { PollDevice } from '../../drivers/contract/driver.ts';
import { Fault, toFault } from '../../drivers/contract/fault.ts';
import type { Point, Sample, Value } from '../../drivers/contract/reading.ts';
import type { PolledMember, Trust } from '../bus/member.ts';
import type { Instant } from '../clock/clock.ts';
import { contained } from './contained.ts';
import type { DeviceControl, PointsRead, WriteResult } from './control.ts';
import { answered, healthOf, type Standing, seen, trustIn, UNKNOWN, unanswered, withoutUse } from './health.ts';
import { Identifying } from './identity/identifying.ts';
import { SelfTold } from './identity/self-told.ts';
import { DeviceMemory } from './memory.ts';
import type { PolledDeviceOptions } from './polled-device-options.ts';
import { DirectAccess } from './polling/direct-access.ts';
import type { PollResult } from './polling/poll-result.ts';
import { Polling } from './polling/polling.ts';
import { type RestingLine, restingLine } from './polling/resting-line.ts';
import { Timeouts } from './polling/timeouts.ts';
import { PollRecord } from './record.ts';
import type { DeviceSnapshot } from './snapshot.ts';

/** A device that is asked: the times of its polls, its standing, and their results. */
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
  readonly #record: PollRecord;
  readonly #identifying: Identifying;
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

  constructor(options: PolledDeviceOptions) {
    const { id, events } = options;
    this.#options = options;
    this.#device = contained(options.device, (call, fault) => events.threw?.(id, call, fault));
    this.id = id;
    this.#memory = new DeviceMemory(id);
    this.points = this.#device.points;
    this.allow = options.allow;
    this.#timeouts = new Timeouts(options.timeouts);
    this.#resting = restingLine(options, () => this.trust() === 'trusted' && this.dueAt() <= options.clock.now());
    const { clock, pollMs } = options;
    this.#record = new PollRecord(clock, options.staleAfterMs);
    const setup = { device: this.#device, asker: this.#memory, line: this.#resting ?? options.line, clock };
    const told = new SelfTold((identity) => events.identity?.(id, identity));
    this.#identifying = new Identifying({ ...setup, told, asking: options.identifying });
    const common = { ...setup, line: this.#identifying.line };
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

  /** Its identity may be asked for: it is there, and nothing of its own is under way. */
  wantsAside(room: number): boolean {
    const now = this.#options.clock.now();
    if (!this.#lineOpen || this.#paused || this.trust() !== 'trusted') return false;
    if (this.#resting && (this.#resting.interrupted || this.#resting.pollReadyAt > now)) return false;
    return this.#identifying.wants(room);
  }

  async aside(room: number, signal: AbortSignal): Promise<void> {
    await this.#identifying.ask(room, signal);
  }

  async poll(signal: AbortSignal): Promise<boolean> {
    const from = this.#options.clock.now();
    this.#identifying.pollBegins();
    const result = await this.#poll(signal);
    if (!result) return this.#interrupted();
    // the line may have been lost meanwhile: then that is what counts
    if (!this.#lineOpen) return false;
    if (result.samples.length > 0) this.#good(result);
    if (result.fault && result.standing !== 'unsent') this.#bad(this.#meant(result.fault), result);
    this.#settle(result);
    this.#tellPoints();
    if (result.samples.length > 0 && !this.#record.fault && !this.#resting) {
      await this.#identifying.pollEnded(from, signal);
      // with repeats the poll would have ended as late
      this.#askFrom(this.#options.clock.now(), this.#options.clock.now());
    }
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
    this.#record.fault = fault;
    this.#options.events.failed(this.id, fault);
    this.#stand(withoutUse());
  }

  tick(now: Instant): void {
    if (this.#standing.online !== true || !this.#record.isStale(now)) return;
    const fault = new Fault('device/stale');
    this.#record.fault = fault;
    this.#options.events.failed(this.id, fault);
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
      lastGoodAt: this.#record.lastGoodAt,
      fault: this.#record.fault?.code ?? null,
      latencyMs: this.#record.latencyMs,
      timeoutMs: this.#timeouts.current,
      readings: this.#record.readings,
      failures: this.#record.failures,
      passedOver: 0,
      thinned: 0,
      unreadable: this.#polling.unreadable.codes(),
    };
  }

  /** An error of a poll is this device's own: the driver can't say what to ask, or can't judge the answer. */
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

  /** The device rests in the middle of its poll; if it answered well, the rest of the poll comes in time. */
  #interrupted(): boolean {
    if (this.#paused) this.#resting?.abandon();
    const asked = this.#resting?.asked === true;
    if (asked && this.#resting?.spoke) this.#standing = { ...this.#standing, expected: true };
    return asked;
  }

  #good(result: PollResult): void {
    this.#record.good(result);
    this.#options.events.samples(this.id, result.samples);
    this.#identifying.good();
  }

  #bad(fault: Fault, result: PollResult): void {
    if (this.#record.bad(fault, result)) this.#options.events.failed(this.id, fault);
  }

  #meant(fault: Fault): Fault {
    const { silence } = this.#options;
    const isMute = fault.code === 'device/silent' && !this.#record.wasGood;
    return isMute && silence !== undefined ? new Fault(silence) : fault;
  }

  #settle(result: PollResult): void {
    const { clock, health } = this.#options;
    switch (result.standing) {
      case 'answered':
        // it may have been asked before its back-off was over
        this.#askFrom(clock.now(), clock.now());
        // a device that refuses everything for so long is there, but of no use: it must not be online between two looks
        this.#stand(result.samples.length === 0 && this.#record.isStale(clock.now()) ? withoutUse() : answered());
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
    if (!news || standing.online) return;
    this.#polling.forgetRefusals();
    this.#identifying.gone();
  }
}
