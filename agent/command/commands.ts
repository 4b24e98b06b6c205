import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { Fault, toFault } from '../../drivers/contract/fault.ts';
import type { FaultCode } from '../../drivers/contract/faults.ts';
import { withDeadline } from '../clock/deadline.ts';
import { Supervisor } from '../clock/supervisor.ts';
import { TokenBucket } from '../clock/token-bucket.ts';
import type { IncomingMessage } from '../link/link.ts';
import { AuditTrail } from './audit-trail.ts';
import type { CommandJob, Result } from './job.ts';
import { LedgerJournal } from './ledger/journal.ts';
import { Ledger } from './ledger/ledger.ts';
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
import type { CommandsOptions, CommandsSnapshot } from './options.ts';
import { RefusedReplies } from './reply/refusals.ts';
import { type Destination, Replies } from './reply/replies.ts';
import { buildReply } from './reply/reply.ts';
import { admit, hasExpired } from './request/admission.ts';
import type { CommandRequest, Envelope } from './request/envelope.ts';
import { knownAs, type PendingRequest } from './request/pending-request.ts';
import { CommandRate } from './request/rate.ts';
import { RequestReader } from './request/reader.ts';
import { CommandTopics } from './request/topics.ts';
import { changesSomething, route, type Targets } from './router.ts';
import { Selections } from './write/selections.ts';

/** Remote control: requests from the link to jobs, each at most once, and replies back. */
export class Commands {
  readonly #options: CommandsOptions;
  readonly #supervisor: Supervisor;
  readonly #topics: CommandTopics;
  readonly #targets: Targets;
  readonly #lockout: Lockout;
  readonly #ledger: Ledger;
  readonly #refusals: RefusedReplies;
  readonly #rate: CommandRate;
  readonly #answers: TokenBucket;
  readonly #trail: AuditTrail;
  readonly #intake: RequestReader;
  readonly #replies: Replies;
  readonly #running = new Set<Promise<void>>();
  /** Every running command is to settle now. */
  readonly #told = new AbortController();
  /** Nobody waits any longer, neither for commands nor for replies. */
  readonly #ended = new AbortController();
  readonly #counted = { executed: 0, refused: 0, repeated: 0, ignored: 0, unanswered: 0 };
  #stopping = false;

  constructor(options: CommandsOptions) {
    const { clock, link, log, config, devices, gateway, guard, signatures, gate } = options;
    const { allow, directory, maxAgeMs } = config.commands;
    const supervisor = options.supervisor ?? new Supervisor(options);
    const journal =
      directory === undefined ? undefined : new LedgerJournal({ directory, maxAgeMs, clock, log, gate, supervisor });
    this.#options = options;
    this.#supervisor = supervisor;
    this.#topics = new CommandTopics(config.prefix, config.gateway);
    this.#targets = { devices, gateway, guard, selections: new Selections(clock), allow };
    this.#lockout = new Lockout(clock, options.lockoutFile ?? LOCKOUT_FILE);
    this.#ledger = new Ledger(maxAgeMs, { journal });
    this.#refusals = new RefusedReplies(maxAgeMs, { journal });
    this.#rate = new CommandRate(devices.keys(), clock.now());
    this.#answers = new TokenBucket(ANSWER_RATE, clock.now());
    this.#trail = new AuditTrail({ clock, log, audit: options.audit, isDevice: (id) => devices.has(id) });
    this.#intake = new RequestReader({ gateway: config.gateway, signatures, clock });
    // Each command and each reply listens; Node warns of a leak beyond 10.
    setMaxListeners(RUNNING + REPLIES_UNDER_WAY, this.#ended.signal, this.#told.signal);
    this.#replies = new Replies(clock, link, this.#ended.signal, supervisor);
  }

  /** Before the link's start: it takes listeners and subscriptions only until then. */
  async start(signal: AbortSignal): Promise<void> {
    const { link } = this.#options;
    for (const { id, key } of await this.#ledger.restore(signal)) this.#trail.interrupted(id, key);
    for (const filter of this.#topics.filters) link.subscribe(filter, (message) => this.#receive(message));
  }

  /**
   * From now on everything new is refused and nothing more is sent from a queue. Running commands are let run to their
   * end for {@link SETTLE_LIMIT}, then told to stop, and answered; at the signal each that is left counts as the
   * outcome that it may have had. Safe twice.
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
      await this.#intake.settled();
      await this.#replies.settled();
      await this.#ledger.close(this.#ended.signal);
    } finally {
      signal.removeEventListener('abort', cancel);
      cancel();
    }
  }

  /**
   * A write in the name of somebody who asks by another convention: every check, bound and record is that of a request.
   * @param args point → value, as they came
   * @param user who asks, for the journal
   * @param hear gets the reply, as JSON; must not throw
   */
  write(device: string, args: Readonly<Record<string, unknown>>, user: string, hear: (reply: string) => void): void {
    const id = randomUUID();
    const expiresAt = this.#options.clock.wall() + this.#options.config.commands.maxAgeMs;
    const arrival = { topic: { device, name: 'write' }, id, to: { hear }, user, key: undefined, args };
    this.#supervisor.guard('command', () => this.#consider(arrival, { id, request: { id, expiresAt, args } }, false));
  }

  snapshot(): CommandsSnapshot {
    return {
      enabled: this.#options.config.commands.enabled,
      lockedOut: this.#lockout.engaged,
      durable: this.#ledger.durable,
      clockBehind: this.#ledger.clockBehind,
      running: this.#running.size,
      ...this.#counted,
      unaudited: this.#trail.unaudited,
      unsent: this.#replies.unsent,
    };
  }

  #receive(message: IncomingMessage): void {
    const topic = this.#topics.parse(message.topic);
    if (topic === null) {
      this.#counted.ignored++;
      return;
    }
    const { retained, user } = message;
    const to = this.#destination(message);
    const taken = this.#intake.take(message, topic, ({ envelope, key }) => {
      const arrival = { topic, id: envelope.id, to, user, key, args: envelope.request?.args };
      this.#supervisor.guard('command', () => this.#consider(arrival, envelope, retained));
    });
    if (!taken) this.#counted.unanswered++;
  }

  #consider(arrival: PendingRequest, envelope: Envelope, retained: boolean): void {
    if (this.#wasSeen(arrival)) return;
    const { clock } = this.#options;
    try {
      const { request, job } = this.#judge(arrival, envelope, retained);
      const running = this.#supervisor
        .errand('command', () => this.#execute(arrival, request, job))
        .finally(() => this.#running.delete(running));
      this.#running.add(running);
    } catch (thrown) {
      const { code } = toFault(thrown);
      if (code === 'command/expired') this.#ledger.refusedAsExpired(envelope.request?.expiresAt ?? Number.NaN);
      const validFor = envelope.request === undefined ? 0 : envelope.request.expiresAt - clock.wall();
      // an id out of a signature that does not fit is nobody's
      if (envelope.id !== undefined && code !== 'command/signature') {
        this.#refusals.add(knownAs(envelope.id, arrival.key), code, validFor, clock.now());
      }
      this.#refuse(arrival, code);
    }
  }

  /**
   * A request that may be executed: its id is in the ledger, so that there is no second time.
   * @throws Fault why it is refused
   */
  #judge(
    { topic, key }: PendingRequest,
    envelope: Envelope,
    retained: boolean,
  ): { request: CommandRequest; job: CommandJob } {
    const { clock, clockState, config, signatures } = this.#options;
    const time = { now: clock.now(), wall: clock.wall() };
    const request = admit(envelope, {
      stopping: this.#stopping,
      lockedOut: this.#lockout.engaged,
      enabled: config.commands.enabled,
      retained,
      clock: config.commands.requireClock ? clockState() : 'unknown',
      wall: time.wall,
      maxAgeMs: config.commands.maxAgeMs,
      mayHaveForgotten: (expiresAt) => this.#ledger.mayHaveForgotten(expiresAt),
    });
    const { device, name: command } = topic;
    if (key === undefined && signatures.mustBeSigned(command)) throw new Fault('command/unsigned');
    if (key !== undefined && !signatures.permits(key, { device, command }, request.args))
      throw new Fault('command/key');
    const job = route(this.#targets, topic, request.args);
    const hasRoom = this.#running.size < RUNNING && this.#rate.take(topic.device, time.now);
    if (!hasRoom || !this.#ledger.open(knownAs(request.id, key), request.expiresAt, time))
      throw new Fault('command/rate');
    return { request, job };
  }

  /** Answers a repeated request with what the first one came to; while that runs, once it is there. */
  #wasSeen({ id, key, to }: PendingRequest): boolean {
    if (id === undefined) return false;
    const { clock } = this.#options;
    const entry = knownAs(id, key);
    const seen = this.#ledger.find(entry);
    const refused = seen === undefined ? this.#refusals.find(entry, clock.now()) : undefined;
    if (seen === undefined && refused === undefined) return false;
    this.#counted.repeated++;
    if (seen === 'running') {
      if (!this.#ledger.wait(entry, (reply) => this.#reply(to, reply))) this.#counted.unanswered++;
    } else if (!this.#mayAnswer()) this.#counted.unanswered++;
    else if (seen !== undefined) this.#reply(to, seen.reply);
    else this.#reply(to, buildReply(id, { outcome: 'refused', fault: refused }, clock.wall()).payload);
    return true;
  }

  #refuse(arrival: PendingRequest, fault: FaultCode): void {
    this.#counted.refused++;
    const mayAnswer = this.#mayAnswer();
    this.#trail.refused(arrival, fault, !mayAnswer);
    if (!mayAnswer || arrival.id === undefined) {
      this.#counted.unanswered++;
      return;
    }
    const { payload } = buildReply(arrival.id, { outcome: 'refused', fault }, this.#options.clock.wall());
    this.#reply(arrival.to, payload);
  }

  #reply(to: Destination, payload: string): void {
    void this.#supervisor.errand('command reply', () => this.#replies.send(to, payload));
  }

  async #execute(arrival: PendingRequest, request: CommandRequest, job: CommandJob): Promise<void> {
    const { clock } = this.#options;
    const entry = knownAs(request.id, arrival.key);
    this.#counted.executed++;
    const outcome = await this.#recorded(entry, arrival.topic.name, () => this.#run(request, job));
    const { payload, result } = buildReply(request.id, outcome, clock.wall());
    this.#ledger.settle(entry, payload, clock.now());
    this.#trail.executed(arrival, result);
    await this.#replies.send(arrival.to, payload);
    try {
      job.afterReply?.();
    } catch (thrown) {
      this.#options.log.error('command failed after its reply', { command: arrival.topic.name }, toFault(thrown));
    }
  }

  /**
   * A command that changes something acts only once its id is on disk, so that no restart can bring it a second time.
   * The id of one that changes nothing goes there with its reply, and nobody waits for a sync.
   */
  async #recorded(entry: string, command: string, run: () => Promise<Result>): Promise<Result> {
    try {
      if (changesSomething(command)) await this.#ledger.record(entry);
    } catch (thrown) {
      return { outcome: 'refused', fault: toFault(thrown).code };
    }
    return run();
  }

  async #run({ expiresAt }: CommandRequest, job: CommandJob): Promise<Result> {
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

  #destination({ topic, responseTopic, correlationData }: IncomingMessage): Destination {
    const isOurs = responseTopic !== undefined && this.#topics.isResponseTopic(responseTopic);
    const replyTopic = this.#topics.replyTo(topic);
    if (!isOurs || (correlationData?.length ?? 0) > CORRELATION_BYTES) return { topic: replyTopic };
    return { topic: replyTopic, response: { topic: responseTopic, correlationData: correlationData?.slice() } };
  }
}
