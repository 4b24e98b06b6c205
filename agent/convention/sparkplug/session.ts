import { milliseconds } from '../../../drivers/contract/duration.ts';
import { Fault, toFault } from '../../../drivers/contract/fault.ts';
import type { Value } from '../../../drivers/contract/reading.ts';
import type { Instant } from '../../clock/clock.ts';
import type { Supervisor } from '../../clock/supervisor.ts';
import type { IncomingMessage, Link } from '../../link/link.ts';
import type { OutboxRecord } from '../../outbox/outbox.ts';
import { NODE_METRIC, type PointValue, stateTopic } from './edge-node.ts';
import { HostState } from './host-state.ts';
import { type CommandMetric, decodeCommand } from './payload.ts';
import { Voice, type VoiceSetup } from './voice.ts';

/** The least time between two births: a host that asks without end gets them, and data goes on in between. */
const REBIRTH_EVERY = milliseconds(5000);
/** So long the host may be silent at one broker before another one is tried. */
const HOST_SILENT_FOR = milliseconds(30_000);
/** How often values are looked at that may have grown old. */
const LOOK_EVERY = milliseconds(1000);
/** The node's own figures change all the time: they are told this often. */
const FIGURES_EVERY = milliseconds(60_000);
/** Outcomes of writes that wait to be told; the oldest go first, for the polls tell the values too. */
const MOST_READ_BACK = 256;
/** Readings that are fetched in one go. */
const READINGS_AT_ONCE = 64;

export interface SessionSetup extends VoiceSetup {
  readonly link: Link;
  /** Devices that take commands. */
  readonly writable: ReadonlySet<string>;
  /** A reader of the outbox that holds what it has not acknowledged. */
  readonly readings: {
    peek(count: number, afterSeq: number): readonly OutboxRecord[];
    acknowledgeThrough(seq: number): void;
  };
  readonly primaryHost: string | undefined;
  /** Whether there is another broker, at which the host may be. */
  readonly hasFallback: boolean;
  /** Asks for a write; its outcome comes as data. */
  readonly write: (device: string, values: ReadonlyMap<string, Value | bigint>) => void;
  readonly supervisor: Supervisor;
}

/**
 * One Sparkplug edge node at its broker (3.0.0): births when the subscriptions are acknowledged and the host is there,
 * then data, in one order that nothing breaks. Readings that waited meanwhile stay in the outbox and go out after the
 * births, marked as historical.
 */
export class SparkplugSession {
  readonly #setup: SessionSetup;
  readonly #supervisor: Supervisor;
  readonly #voice: Voice;
  readonly #host = new HostState();
  readonly #stopping = new AbortController();
  #connection: AbortController | undefined;
  #subscribed = false;
  #isBorn = false;
  #bornAt: Instant = Number.NEGATIVE_INFINITY;
  #rebirth = false;
  /** The last reading that went out. */
  #sent = 0;
  #lookAt: Instant = Number.POSITIVE_INFINITY;
  #figuresAt: Instant = Number.POSITIVE_INFINITY;
  readonly #readBack: [device: string, values: readonly PointValue[]][] = [];
  #wake: (() => void) | undefined;
  /** Woken since it last rested. */
  #stirred = false;
  #fault: Fault | null = null;
  /** Why nothing comes on the subscriptions. */
  #unheard: Fault | null = null;

  /** Listens to the link and subscribes, so it is made before the link starts. */
  constructor(setup: SessionSetup) {
    const { link, node, writable, primaryHost } = setup;
    this.#setup = setup;
    this.#supervisor = setup.supervisor;
    this.#voice = new Voice(setup);
    for (const topic of node.commandTopics(writable)) link.subscribe(topic, (message) => this.#commanded(message));
    if (primaryHost !== undefined) link.subscribe(stateTopic(primaryHost), (message) => this.#heardHost(message));
    link.listen({
      connected: () => this.#begin(),
      disconnected: () => this.#end(),
      subscribed: (fault) => {
        // a broker that keeps commands away from us may still carry what we say
        this.#unheard = fault ?? null;
        this.#subscribed = true;
        this.wake();
      },
    });
  }

  get isBorn(): boolean {
    return this.#isBorn;
  }

  /** Why the host does not hear everything; null where it does. */
  get fault(): Fault | null {
    return this.#fault ?? this.#unheard ?? this.#voice.fault;
  }

  /** Something may have to be said: a reading, a device that came or went. Cheap. */
  wake(): void {
    this.#stirred = true;
    this.#wake?.();
  }

  /** Values that a write has brought about: they go out before all that waits. */
  written(device: string, values: readonly PointValue[]): void {
    if (!this.#isBorn || values.length === 0) return;
    this.#readBack.push([device, values]);
    if (this.#readBack.length > MOST_READ_BACK) this.#readBack.shift();
    this.wake();
  }

  /** Says nothing more. The link says the death. */
  stop(): void {
    this.#stopping.abort();
    this.#end();
  }

  #begin(): void {
    this.#end();
    if (this.#stopping.signal.aborted) return;
    const connection = new AbortController();
    this.#connection = connection;
    void this.#supervisor.errand('sparkplug session', () => this.#run(connection.signal));
  }

  #end(): void {
    this.#connection?.abort();
    this.#connection = undefined;
    this.#subscribed = false;
    this.#isBorn = false;
    this.#rebirth = false;
    this.#readBack.length = 0;
    this.#voice.forget();
    this.#host.forget();
    this.wake();
  }

  /** All that is said on one connection, one message after the other: their numbers leave no gap. */
  async #run(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        if (!this.#mayBeBorn()) await this.#awaitHost(signal);
        else if (!this.#isBorn || this.#isRebirthDue()) await this.#bear(signal);
        else if (await this.#tellReadBack(signal)) continue;
        else if (!(await this.#voice.tellDevices(signal)) && !(await this.#tellReadings(signal))) {
          await this.#look(signal);
          await this.#rest(this.#nextLook(), signal);
        }
      }
    } catch (thrown) {
      const fault = toFault(thrown);
      // the next connection begins anew
      if (signal.aborted || !this.#setup.link.connected) return;
      this.#setup.log.warn('sparkplug session broke off', {}, fault);
      this.#fault = fault;
      this.#isBorn = false;
      this.#setup.link.leave(fault);
    }
  }

  #mayBeBorn(): boolean {
    return this.#subscribed && (this.#setup.primaryHost === undefined || this.#host.online);
  }

  /** A host that is silent at this broker may be at another one. */
  async #awaitHost(signal: AbortSignal): Promise<void> {
    const { clock, hasFallback } = this.#setup;
    const until = clock.now() + HOST_SILENT_FOR;
    while (!signal.aborted && !this.#mayBeBorn()) {
      await this.#rest(hasFallback ? until : Number.POSITIVE_INFINITY, signal);
      if (hasFallback && this.#subscribed && !this.#mayBeBorn() && clock.now() >= until) {
        this.#leave();
        return;
      }
    }
  }

  #isRebirthDue(): boolean {
    return this.#rebirth && this.#setup.clock.now() - this.#bornAt >= REBIRTH_EVERY;
  }

  async #bear(signal: AbortSignal): Promise<void> {
    const { clock } = this.#setup;
    this.#rebirth = false;
    await this.#voice.bear(signal);
    if (signal.aborted) return;
    this.#bornAt = clock.now();
    this.#lookAt = this.#bornAt + LOOK_EVERY;
    this.#figuresAt = this.#bornAt + FIGURES_EVERY;
    this.#isBorn = true;
    this.#fault = null;
  }

  /** @returns whether there was one */
  async #tellReadBack(signal: AbortSignal): Promise<boolean> {
    const next = this.#readBack.shift();
    if (next === undefined) return false;
    await this.#voice.tellReadBack(...next, signal);
    return true;
  }

  /** @returns whether there were any */
  async #tellReadings(signal: AbortSignal): Promise<boolean> {
    const { readings } = this.#setup;
    const records = readings.peek(READINGS_AT_ONCE, this.#sent);
    for (const record of records) {
      if (signal.aborted || !this.#mayBeBorn() || this.#isRebirthDue() || this.#readBack.length > 0) return true;
      await this.#voice.tellReading(record, signal);
      this.#sent = record.seq;
      readings.acknowledgeThrough(record.seq);
    }
    return records.length > 0;
  }

  /** The messages that no other message brings about. */
  async #look(signal: AbortSignal): Promise<void> {
    const { clock } = this.#setup;
    await this.#voice.buryAbsent(signal);
    const now = clock.now();
    if (now >= this.#lookAt) {
      this.#lookAt = now + LOOK_EVERY;
      await this.#voice.tellStale(signal);
    }
    if (now >= this.#figuresAt) {
      this.#figuresAt = now + FIGURES_EVERY;
      await this.#voice.tellFigures(signal);
    }
  }

  #nextLook(): Instant {
    return this.#rebirth ? Math.min(this.#lookAt, this.#bornAt + REBIRTH_EVERY) : this.#lookAt;
  }

  /** Until something is to be said, or the time has come. */
  async #rest(until: Instant, signal: AbortSignal): Promise<void> {
    const { clock } = this.#setup;
    const woken = new AbortController();
    const wake = () => woken.abort();
    try {
      if (this.#stirred || signal.aborted) return;
      this.#wake = wake;
      signal.addEventListener('abort', wake, { once: true });
      await clock.sleep(milliseconds(Math.min(FIGURES_EVERY, Math.max(0, until - clock.now()))), woken.signal);
    } catch (thrown) {
      if (!woken.signal.aborted) throw thrown;
    } finally {
      this.#wake = undefined;
      this.#stirred = false;
      signal.removeEventListener('abort', wake);
    }
  }

  #commanded({ topic, payload, tooLarge }: IncomingMessage): void {
    const { node, write, writable } = this.#setup;
    const device = node.addressee(topic);
    if (tooLarge || device === undefined) return;
    let metrics: readonly CommandMetric[];
    try {
      metrics = decodeCommand(payload);
    } catch {
      // nothing answers here that could tell; the host sees that nothing changes
      return;
    }
    if (device === null) {
      if (!metrics.some(({ name, value }) => name === NODE_METRIC.rebirth && value === true)) return;
      this.#rebirth = true;
      this.wake();
      return;
    }
    if (!writable.has(device)) return;
    const values = new Map<string, Value | bigint>();
    for (const { name, alias, value } of metrics) {
      const point = name ?? (alias === undefined ? undefined : node.pointOf(device, alias));
      if (point !== undefined && value !== undefined) values.set(point, value);
    }
    if (values.size > 0) write(device, values);
  }

  #heardHost({ payload, tooLarge }: IncomingMessage): void {
    const heard = tooLarge ? undefined : this.#host.heard(payload);
    // where there is one broker alone, the node waits there for a host that it has not seen
    if (heard === 'offline' && (this.#isBorn || this.#setup.hasFallback)) this.#leave();
    this.wake();
  }

  /** The host is not here: the link says the death, and goes to the next broker. */
  #leave(): void {
    this.#isBorn = false;
    this.#setup.link.leave(new Fault('link/host-offline'));
  }
}
