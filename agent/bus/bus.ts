import { type Dialogue, LONGEST_QUIET, type Stray } from '../../drivers/contract/dialogue.ts';
import { LONGEST, milliseconds } from '../../drivers/contract/duration.ts';
import { Fault, toFault } from '../../drivers/contract/fault.ts';
import type { Instant } from '../clock/clock.ts';
import { Supervisor } from '../clock/supervisor.ts';
import type { Progress } from '../lifecycle/progress.ts';
import type { Lane } from '../throttle/plan.ts';
import { Throttle } from '../throttle/throttle.ts';
import type { Ticket } from '../throttle/ticket.ts';
import { Connection } from './connection.ts';
import { countStray, countStrays, newCounters } from './counters.ts';
import { runDialogue } from './dialogue/dialogue-run.ts';
import type { Asker, Inquiry, Outcome } from './dialogue/inquiry.ts';
import { LateAnswers, ownerOf } from './late-answers.ts';
import type { Member, PolledMember, StreamingMember } from './member.ts';
import type { BusOptions } from './options.ts';
import { Poller } from './poller.ts';
import { LONGEST_OPENING } from './port-supervisor.ts';
import { Quiet } from './quiet.ts';
import type { BusSnapshot } from './snapshot.ts';
import { Utilisation } from './utilisation.ts';

export type { BusOptions } from './options.ts';

/** A ticket to run one device's dialogues. */
export type Dialogues = Ticket<Inquiry, Outcome>;

/** After this an operation that was told to stop counts as stuck. */
const GRACE = milliseconds(1000);

/**
 * An operation gets the line so much before its silence is over: its preparation takes about 0.15 ms, and then the rest
 * is waited for right before the write. At 115200 baud that is two hundredths of the rate.
 */
const LEAD = 0.3;
/** A paced line needs no waiting here at all: the request is handed over at once, with its instant. */
const PACED_LEAD = Number.POSITIVE_INFINITY;
/** Chunks of one frame come further apart than the protocol's silence where an adapter hands them over in portions. */
const CLOSE = 20;
/** A question under which the server closed the connection is put again so often: one that does it each time is no use. */
const MOST_REPEATED = 3;

/** One line with all that is on it: the only way to the wire. */
export class Bus implements Progress {
  readonly id: string;
  readonly name: string;
  readonly #options: BusOptions;
  readonly #supervisor: Supervisor;
  readonly #counters = newCounters();
  readonly #late: LateAnswers;
  readonly #utilisation: Utilisation;
  readonly #throttle: Throttle;
  readonly #quiet: Quiet;
  readonly #connection: Connection;
  readonly #polled: PolledMember[] = [];
  readonly #streaming: StreamingMember[] = [];
  readonly #poller: Poller;
  /** The longest that one dialogue may take, from when it is asked of the throttle. */
  readonly #longestAsk: number;
  readonly #stopping = new AbortController();
  readonly #polls = new WeakSet<Dialogues>();
  #strayAt: Instant = Number.NEGATIVE_INFINITY;
  #running: Promise<unknown> = Promise.resolve();
  #unaskedAt: Instant = Number.NEGATIVE_INFINITY;

  constructor(options: BusOptions) {
    this.id = options.id;
    this.name = `bus ${options.id}`;
    this.#options = options;
    this.#late = new LateAnswers(options.random());
    this.#supervisor = options.supervisor ?? new Supervisor(options);
    const { clock, gap, maxQueue, maxWait, maxRun, commandBurst } = options;
    this.#utilisation = new Utilisation(clock.now());
    // an operation has the line for its own time and, on a paced line, for the silence before it
    const longestRun = Math.max(gap, LONGEST_QUIET) + maxRun + GRACE;
    // a poll describes the moment at which it runs, so it keeps its place behind a burst of slow commands
    const maxPollWait = milliseconds(Math.min(LONGEST, maxWait + commandBurst * longestRun));
    this.#longestAsk = LONGEST_OPENING + (options.settle ?? 0) + maxPollWait + longestRun;
    this.#throttle = new Throttle({
      clock,
      limits: {
        gap,
        maxQueue,
        // one poll waits at a time, and must find room however many commands come
        pollReserve: Math.min(1, maxQueue - 1),
        maxWait,
        maxPollWait,
        maxRun,
        grace: GRACE,
        commandBurst,
      },
      lead: () => (this.#connection.line?.isPaced ? PACED_LEAD : LEAD),
      onStuck: (fault) => this.#connection.reopen(fault),
      onMistake: (thrown) => this.#supervisor.failed(`${this.name}, throttle`, thrown),
    });
    this.#quiet = new Quiet({
      gap,
      hold: (until) => this.#throttle.quietUntil(until),
      heldUntil: () => this.#throttle.silentUntil,
    });
    this.#poller = new Poller(clock, this.#polled);
    this.#connection = new Connection({
      bus: options,
      counters: this.#counters,
      late: this.#late,
      talks: () => this.#streaming.length > 0,
      usedAt: () => this.#usedAt(),
      unasked: (chunk) => this.#unasked(chunk),
      opened: (now, settledAt, resumed) => this.#opened(now, settledAt, resumed),
      closed: (fault, news) => this.#closed(fault, news),
      tick: (now) => this.#each([...this.#polled, ...this.#streaming], (member) => member.tick(now)),
    });
  }

  /** Before the start only. */
  add(member: Member): void {
    if (member.kind === 'poll') this.#polled.push(member);
    else this.#streaming.push(member);
  }

  /**
   * Before the start only: a device may run dialogues.
   * @param readyAt see `Throttle.register`; of a poll it would hold up those of all others
   */
  register(lane: Lane, asker: Asker, readyAt?: () => Instant): Dialogues {
    const run = async (inquiry: Inquiry, signal: AbortSignal): Promise<Outcome> => {
      if (!this.#connection.line && this.#connection.isParted) throw new Fault('port/ended', { started: false });
      inquiry.begins?.();
      const { line } = this.#connection;
      if (!line) throw new Fault('port/not-open');
      const { clock, timing } = this.#options;
      const from = clock.now();
      // while this waited for the line, another may have given up a request whose answer would pass for this one's
      if (this.#late.mayBegin(asker, inquiry.dialogue, from) > from) throw new Fault('bus/answer-pending');
      const requests = line.sender.requests;
      const strays = countStrays(this.#counters);
      try {
        return await runDialogue({ inquiry, asker, line, late: this.#late, quiet: this.#quiet, clock, timing }, signal);
      } catch (thrown) {
        const ended = toFault(thrown).code === 'port/ended';
        throw ended ? new Fault('port/ended', { started: line.sender.requests > requests }, thrown) : thrown;
      } finally {
        if (countStrays(this.#counters) > strays) this.#strayAt = clock.now();
        // counted from the last character, not from here: at 115200 baud the difference is a hundredth of the rate
        this.#quiet.usedUntil(line.quietSince);
        this.#utilisation.add(from, Math.max(this.#throttle.silentUntil, clock.now()));
      }
    };
    const dialogues = this.#throttle.register(lane, run, readyAt);
    if (lane === 'poll') this.#polls.add(dialogues);
    return dialogues;
  }

  /**
   * Opens a port before that was closed in order. A poll whose connection the server closes is run again, whole.
   * @throws Fault of the throttle or of the port, or `bus/answer-pending`: nothing was sent after which the device may
   *   have acted, see `mayAskAt`; `port/ended` of a command: it may have reached the device. Every act of the device is
   *   an outcome
   */
  async ask(dialogues: Dialogues, inquiry: Inquiry, signal: AbortSignal): Promise<Outcome> {
    for (let turn = 1; ; turn++) {
      if (this.#connection.mustBeReached) await this.#connection.reach(signal, this.#stopping.signal);
      try {
        return await this.#throttle.submit(dialogues, inquiry, signal);
      } catch (thrown) {
        const fault = toFault(thrown);
        const unsent = fault.facts?.started === false;
        const repeatable = fault.code === 'port/ended' && (unsent || this.#polls.has(dialogues));
        if (!repeatable) throw thrown;
        if (turn >= MOST_REPEATED) throw unsent ? new Fault('port/not-open') : thrown;
      }
    }
  }

  /** When this may be asked: not while an answer could still come that would pass for one to it. */
  mayAskAt(asker: Asker, dialogue: Dialogue): Instant {
    return this.#late.mayBegin(asker, dialogue, this.#options.clock.now());
  }

  /** Whether an answer to this came when it was asked last, but after it had been given up. */
  cameLate(asker: Asker, dialogue: Dialogue): boolean {
    return this.#late.came(ownerOf(asker, dialogue));
  }

  /** When bytes came last that were no answer. */
  get strayAt(): Instant {
    return this.#strayAt;
  }

  /** A member may have become due, or may be asked again. */
  wake(): void {
    this.#poller.wake();
    this.#throttle.look();
  }

  /** For devices that talk by themselves: they see the fault of a frame, the line does not. */
  countStray(kind: Stray): void {
    countStray(this.#counters, kind, false);
  }

  /** Closes the port and opens it anew, as a loss of the port would. */
  reopen(): void {
    this.#connection.reopen(new Fault('port/lost'));
  }

  /** How late the latest of its port's keeper, its poller and its throttle is. */
  stuckFor(now: Instant): number {
    const { deadline, settledAt } = this.#throttle.status();
    const polling = this.#poller.overdue(now, this.#longestAsk, settledAt);
    return Math.max(this.#connection.overdue(now), polling, now - deadline);
  }

  /** Every holder of the line loses it with the port. */
  recover(): void {
    this.#connection.reopen(new Fault('bus/stuck'));
  }

  async start(): Promise<void> {
    this.#throttle.seal();
    const { signal } = this.#stopping;
    this.#running = Promise.all([
      this.#supervisor.supervise(`${this.name}, port`, (until) => this.#connection.run(until), signal),
      this.#supervisor.supervise(`${this.name}, polls`, (until) => this.#poller.run(until), signal),
    ]);
  }

  /** Settles what runs, then closes the port. */
  async stop(signal: AbortSignal): Promise<void> {
    await this.#throttle.stop(signal);
    this.#stopping.abort();
    // before the port closes: a port that hangs must not cost what they have heard
    for (const member of this.#streaming) member.stopped?.();
    await this.#running;
  }

  snapshot(): BusSnapshot {
    const { queued, rejected, expired, overruns } = this.#throttle.status();
    return {
      id: this.id,
      open: this.#connection.isOpen,
      fault: this.#connection.fault?.code ?? null,
      utilisation: this.#utilisation.share(this.#options.clock.now()),
      ...this.#counters,
      reopens: this.#connection.reopens,
      latencyTimerMs: this.#connection.latencyTimerMs,
      ...{ queued, rejected, expired, overruns },
    };
  }

  #opened(now: Instant, settledAt: Instant, resumed: boolean): void {
    this.#quiet.usedUntil(now);
    this.#throttle.quietUntil(settledAt);
    // only now: an operation that waited behind a stuck one starts at once
    this.#throttle.release();
    if (resumed) this.#each([...this.#polled, ...this.#streaming], (member) => member.lineResumed?.());
    else {
      this.#each(this.#polled, (member) => member.lineOpened(settledAt));
      this.#each(this.#streaming, (member) => member.lineOpened(now));
    }
    this.#poller.wake();
  }

  #closed(fault: Fault, news: boolean): void {
    // a line that is closed because the agent stops is no news of its devices
    if (!news || this.#stopping.signal.aborted) return;
    this.#each([...this.#polled, ...this.#streaming], (member) => member.lineClosed(fault));
  }

  /** A mistake of one member is no matter of the others. */
  #each<M extends Member>(members: readonly M[], tell: (member: M) => void): void {
    for (const member of members) this.#supervisor.guard(`device ${member.id}`, () => tell(member));
  }

  #usedAt(): Instant {
    const { queued, running, settledAt } = this.#throttle.status();
    return running || queued > 0 ? Number.POSITIVE_INFINITY : settledAt;
  }

  /** For devices that talk by themselves; on a line where all are asked, a late answer or noise: wait until it is over. */
  #unasked(chunk: Uint8Array): void {
    const now = this.#options.clock.now();
    // bytes that follow each other closely are one frame
    const fresh = now - this.#unaskedAt > Math.max(this.#quiet.span, CLOSE);
    if (this.#streaming.length > 0) {
      this.#utilisation.add(now - chunk.length * this.#options.timing.characterMs, now);
      this.#late.bytes(chunk, fresh, now);
      this.#unaskedAt = now;
      this.#each(this.#streaming, (member) => member.bytes(chunk));
      return;
    }
    if (fresh) {
      const late = this.#late.any(now);
      countStray(this.#counters, late ? 'foreign' : 'noise', late);
    }
    this.#late.bytes(chunk, fresh, now);
    this.#unaskedAt = now;
    this.#strayAt = now;
    this.#quiet.usedUntil(now);
  }
}
