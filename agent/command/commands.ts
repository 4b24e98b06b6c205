import { setMaxListeners } from 'node:events';
import { Fault, toFault } from '../../drivers/contract/fault.ts';
import type { FaultCode } from '../../drivers/contract/faults.ts';
import type { Clock } from '../clock/clock.ts';
import { withDeadline } from '../clock/deadline.ts';
import type { IncomingMessage, Link } from '../link/link.ts';
import type { Log } from '../log/log.ts';
import { admit, type ClockState, hasExpired } from './admission.ts';
import type { DeviceControl, GatewayControl } from './control.ts';
import { type Envelope, type Request, readEnvelope } from './envelope.ts';
import type { Job, Result } from './job.ts';
import { Ledger } from './ledger.ts';
import {
  ANSWER_RATE,
  CORRELATION_BYTES,
  REFUSALS_QUEUED,
  REPLIES_UNDER_WAY,
  RUN_LIMIT,
  RUNNING,
  SETTLE_LIMIT,
} from './limits.ts';
import { LOCKOUT_FILE, Lockout } from './lockout.ts';
import { CommandRate, TokenBucket } from './rate.ts';
import { Refusals } from './refusals.ts';
import { type Destination, Replies } from './replies.ts';
import { buildReply } from './reply.ts';
import { isCommand, route, type Targets } from './router.ts';
import { type CommandTopic, CommandTopics } from './topics.ts';

export interface CommandsOptions {
  readonly clock: Clock;
  readonly link: Link;
  readonly log: Log;
  readonly config: {
    readonly prefix: string;
    readonly gateway: string;
    readonly commands: { readonly enabled: boolean; readonly allow: readonly string[]; readonly maxAgeMs: number };
  };
  readonly devices: ReadonlyMap<string, DeviceControl>;
  readonly gateway: GatewayControl;
  readonly clockState: () => ClockState;
  /** The switch on site; {@link LOCKOUT_FILE} where it is not given. */
  readonly lockoutFile?: string | undefined;
}

/** What commands tell of themselves; counters since the start. */
export interface CommandsSnapshot {
  readonly lockedOut: boolean;
  readonly running: number;
  readonly executed: number;
  readonly refused: number;
  /** Copies of requests that were seen before: never executed. */
  readonly repeated: number;
  /** Messages on topics that are no commands of this gateway. */
  readonly ignored: number;
  /** Requests that got no answer: without an id, or too many at once. */
  readonly unanswered: number;
  /** Replies that the broker did not get. */
  readonly unsent: number;
}

/** One request on its way through: what it asks for and where its answer goes. */
interface Arrival {
  readonly topic: CommandTopic;
  readonly id: string | undefined;
  readonly to: Destination;
}

/** Remote control: requests from the link to jobs, each at most once, and replies back. */
export class Commands {
  readonly #options: CommandsOptions;
  readonly #topics: CommandTopics;
  readonly #targets: Targets;
  readonly #lockout: Lockout;
  readonly #ledger: Ledger;
  readonly #refusals: Refusals;
  readonly #rate: CommandRate;
  readonly #answers: TokenBucket;
  readonly #replies: Replies;
  readonly #running = new Set<Promise<void>>();
  /** Whatever runs is to settle now. */
  readonly #told = new AbortController();
  /** Nobody waits any longer, neither for commands nor for replies. */
  readonly #ended = new AbortController();
  readonly #counted = { executed: 0, refused: 0, repeated: 0, ignored: 0, unanswered: 0 };
  #stopping = false;

  constructor(options: CommandsOptions) {
    const { clock, link, config, devices, gateway } = options;
    this.#options = options;
    this.#topics = new CommandTopics(config.prefix, config.gateway);
    this.#targets = { devices, gateway, allow: config.commands.allow };
    this.#lockout = new Lockout(clock, options.lockoutFile ?? LOCKOUT_FILE);
    this.#ledger = new Ledger(config.commands.maxAgeMs);
    this.#refusals = new Refusals(config.commands.maxAgeMs);
    this.#rate = new CommandRate(devices.keys(), clock.now());
    this.#answers = new TokenBucket(ANSWER_RATE, clock.now());
    // Each command and each reply listens; Node warns of a leak beyond 10.
    setMaxListeners(RUNNING + REPLIES_UNDER_WAY, this.#ended.signal, this.#told.signal);
    this.#replies = new Replies(clock, link, this.#ended.signal);
  }

  /** Before the link's start: it takes listeners and subscriptions only until then. */
  async start(_signal: AbortSignal): Promise<void> {
    const { link } = this.#options;
    link.listen({ connected() {}, disconnected() {}, message: (message) => this.#receive(message) });
    for (const filter of this.#topics.filters) link.subscribe(filter);
  }

  /**
   * From now on everything new is refused and nothing more is sent from a queue. What runs is let run to its end for
   * {@link SETTLE_LIMIT}, then told to stop, and answered; at the signal what is left counts as what it may have come
   * to. Safe twice.
   */
  async stop(signal: AbortSignal): Promise<void> {
    this.#stopping = true;
    const cancel = () => this.#ended.abort();
    if (signal.aborted) cancel();
    signal.addEventListener('abort', cancel, { once: true });
    const running = Promise.all(this.#running);
    withDeadline(this.#options.clock, SETTLE_LIMIT, this.#ended.signal, () => running).catch(() => this.#told.abort());
    try {
      await running;
      await this.#replies.settled();
    } finally {
      signal.removeEventListener('abort', cancel);
      cancel();
    }
  }

  snapshot(): CommandsSnapshot {
    const { size } = this.#running;
    return { lockedOut: this.#lockout.engaged, running: size, ...this.#counted, unsent: this.#replies.unsent };
  }

  #receive(message: IncomingMessage): void {
    const topic = this.#topics.parse(message.topic);
    if (topic === null) {
      this.#counted.ignored++;
      return;
    }
    const envelope = readEnvelope(message.payload, message.tooLarge);
    const arrival = { topic, id: envelope.id, to: this.#destination(message) };
    if (this.#wasSeen(arrival)) return;
    const { clock } = this.#options;
    try {
      const { request, job } = this.#judge(topic, envelope, message.retained);
      const running = this.#execute(arrival, request, job).finally(() => this.#running.delete(running));
      this.#running.add(running);
    } catch (thrown) {
      const { code } = toFault(thrown);
      const validFor = envelope.request === undefined ? 0 : envelope.request.expiresAt - clock.wall();
      if (envelope.id !== undefined) this.#refusals.add(envelope.id, code, validFor, clock.now());
      this.#refuse(arrival, code);
    }
  }

  /**
   * A request that may be executed: its id is in the ledger, so that there is no second time.
   * @throws Fault why it is refused
   */
  #judge(topic: CommandTopic, envelope: Envelope, retained: boolean): { request: Request; job: Job } {
    const { clock, clockState, config } = this.#options;
    const time = { now: clock.now(), wall: clock.wall() };
    const request = admit(envelope, {
      stopping: this.#stopping,
      lockedOut: this.#lockout.engaged,
      enabled: config.commands.enabled,
      retained,
      clock: clockState(),
      wall: time.wall,
      maxAgeMs: config.commands.maxAgeMs,
      mayHaveForgotten: (expiresAt) => this.#ledger.mayHaveForgotten(expiresAt),
    });
    const job = route(this.#targets, topic, request.args);
    const hasRoom = this.#running.size < RUNNING && this.#rate.take(topic.device, time.now);
    if (!hasRoom || !this.#ledger.open(request.id, request.expiresAt, time)) throw new Fault('command/rate');
    return { request, job };
  }

  /** Answers a repeated request with what the first one came to; while that runs, once it is there. */
  #wasSeen({ id, to }: Arrival): boolean {
    if (id === undefined) return false;
    const { clock } = this.#options;
    const seen = this.#ledger.find(id);
    const refused = seen === undefined ? this.#refusals.find(id, clock.now()) : undefined;
    if (seen === undefined && refused === undefined) return false;
    this.#counted.repeated++;
    if (seen === 'running') {
      if (!this.#ledger.wait(id, (reply) => void this.#replies.send(to, reply))) this.#counted.unanswered++;
    } else if (!this.#mayAnswer()) this.#counted.unanswered++;
    else if (seen !== undefined) void this.#replies.send(to, seen.reply);
    else void this.#replies.send(to, buildReply(id, { outcome: 'refused', fault: refused }, clock.wall()).payload);
    return true;
  }

  #refuse(arrival: Arrival, fault: FaultCode): void {
    this.#counted.refused++;
    const mayAnswer = this.#mayAnswer();
    if (mayAnswer) this.#tell(arrival, { outcome: 'refused', fault });
    if (!mayAnswer || arrival.id === undefined) {
      this.#counted.unanswered++;
      return;
    }
    const { payload } = buildReply(arrival.id, { outcome: 'refused', fault }, this.#options.clock.wall());
    void this.#replies.send(arrival.to, payload);
  }

  async #execute(arrival: Arrival, request: Request, job: Job): Promise<void> {
    const { clock } = this.#options;
    this.#counted.executed++;
    const outcome = await this.#run(request, job);
    const { payload, result } = buildReply(request.id, outcome, clock.wall());
    this.#ledger.settle(request.id, payload, clock.now());
    this.#tell(arrival, result);
    await this.#replies.send(arrival.to, payload);
    try {
      job.afterReply?.();
    } catch (thrown) {
      this.#options.log.error('command failed after its reply', { command: arrival.topic.name }, toFault(thrown));
    }
  }

  async #run({ expiresAt }: Request, job: Job): Promise<Result> {
    const { clock } = this.#options;
    const stillValid = (): void => {
      if (this.#stopping) throw new Fault('internal/cancelled');
      if (this.#lockout.engaged) throw new Fault('command/lockout');
      if (hasExpired(expiresAt, clock.wall())) throw new Fault('command/expired');
    };
    const over = new AbortController();
    const end = () => over.abort();
    this.#told.signal.addEventListener('abort', end);
    try {
      return await withDeadline(clock, RUN_LIMIT, this.#ended.signal, (signal) => {
        signal.addEventListener('abort', end);
        return job.run({ stillValid, signal: over.signal });
      });
    } catch (thrown) {
      return { outcome: job.otherwise, fault: toFault(thrown).code };
    } finally {
      this.#told.signal.removeEventListener('abort', end);
    }
  }

  /** Answers that a flood of refused or repeated requests may cause, and the room that executed commands keep. */
  #mayAnswer(): boolean {
    return this.#replies.queued < REFUSALS_QUEUED && this.#answers.take(this.#options.clock.now());
  }

  #tell({ topic, id }: Arrival, { outcome, fault }: Result): void {
    const event = outcome === 'refused' ? 'command refused' : 'command executed';
    // a name that we do not know is somebody else's text
    const device = this.#targets.devices.has(topic.device ?? '') ? topic.device : undefined;
    const command = isCommand(topic.name) ? topic.name : undefined;
    this.#options.log.info(event, { device, command, id, outcome, code: fault });
  }

  #destination({ topic, responseTopic, correlationData }: IncomingMessage): Destination {
    const isOurs = responseTopic !== undefined && this.#topics.isResponseTopic(responseTopic);
    const replyTopic = this.#topics.replyTo(topic);
    if (!isOurs || (correlationData?.length ?? 0) > CORRELATION_BYTES) return { topic: replyTopic };
    return { topic: replyTopic, response: { topic: responseTopic, correlationData: correlationData?.slice() } };
  }
}
