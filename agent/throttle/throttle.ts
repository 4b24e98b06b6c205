import { milliseconds } from '../../drivers/contract/duration.ts';
import { Fault, toFault } from '../../drivers/contract/fault.ts';
import { AbortWatch } from '../clock/abort-watch.ts';
import { Alarm } from '../clock/alarm.ts';
import type { Clock, Instant } from '../clock/clock.ts';
import { Gathering } from './gathering.ts';
import { type StopCode, ThrottleJob, ThrottleRun } from './job.ts';
import { checkLimits, type ThrottleLimits } from './limits.ts';
import type { ThrottleOptions, ThrottleStatus } from './options.ts';
import { type Lane, type LineState, nextDeadline, plan } from './plan.ts';
import { type Operation, OperationRegistry, type Ticket } from './ticket.ts';

/**
 * The only way to a bus's wire: one operation at a time, with a silence between two, in bounded queues and bounded
 * time. `plan` decides, this class does it: every event (a submission, an end, an alarm) leads to `#step`, which asks
 * the plan until nothing is left to do. The state is whole before anything foreign is called, as that may call back.
 */
export class Throttle {
  readonly #clock: Clock;
  readonly #limits: ThrottleLimits;
  readonly #lead: () => number;
  readonly #onStuck: (fault: Fault) => void;
  readonly #onMistake: (thrown: unknown) => void;
  readonly #registry = new OperationRegistry();
  readonly #alarm: Alarm;
  readonly #watch = new AbortWatch();
  readonly #ended = new AbortController();
  readonly #lanes: Record<Lane, ThrottleJob[]> = { command: [], poll: [] };
  readonly #endOfRun = new Gathering();
  #line: LineState = { state: 'free', from: Number.NEGATIVE_INFINITY };
  #run: ThrottleRun | undefined;
  #controller = new AbortController();
  #quietUntil: Instant = Number.NEGATIVE_INFINITY;
  #inSilence = false;
  #stopping = false;
  #burst = 0;
  #rejected = 0;
  #expired = 0;
  #overruns = 0;
  #settledAt: Instant = Number.NEGATIVE_INFINITY;

  /** @throws Fault `throttle/limits`, `internal/duration` */
  constructor({ clock, limits, lead = () => 0, onStuck, onMistake = () => undefined }: ThrottleOptions) {
    checkLimits(limits);
    this.#clock = clock;
    this.#limits = limits;
    this.#lead = lead;
    this.#onStuck = onStuck;
    this.#onMistake = onMistake;
    this.#alarm = new Alarm(clock, () => this.#turn(() => this.#step()));
  }

  /**
   * @param run gets a signal that is aborted after `maxRun`, by the submitter's signal and by `stop`; it has the line
   *   until its promise is settled
   * @param readyAt from when on it may start; asked at each look; a change of the answer is told by `look`
   * @throws Fault `throttle/sealed`
   */
  register<D, R>(lane: Lane, run: (data: D, signal: AbortSignal) => Promise<R>, readyAt?: () => Instant): Ticket<D, R> {
    return this.#registry.add({ lane, run, readyAt });
  }

  /** From now on nothing can be registered and everything that is can be submitted. */
  seal(): void {
    this.#registry.seal();
  }

  /**
   * @param signal takes the operation out of the queue at once; if it runs, tells it to stop
   * @throws Fault `throttle/unknown-operation`, `throttle/not-started`, `throttle/full`, `throttle/waited-too-long`,
   *   `throttle/ran-too-long`, `internal/cancelled` (with the fact `started`), or the operation's own error
   */
  submit<D, R>(ticket: Ticket<D, R>, data: D, signal: AbortSignal): Promise<R> {
    // An error that is thrown in here rejects the promise.
    return new Promise<R>((resolve, reject) => {
      const operation = this.#registry.find(ticket);
      if (typeof data === 'function') throw new Fault('throttle/unknown-operation');
      this.#enqueue(operation, data, signal, resolve as (value: unknown) => void, reject);
    });
  }

  /** The port was reopened: a stuck line is free again, and the end of what stuck is ignored. Else nothing happens. */
  release(): void {
    if (this.#line.state !== 'stuck') return;
    this.#free();
    this.#step();
  }

  /**
   * Nothing starts before this instant. Only ever lengthens the silence.
   * @throws Fault `internal/duration` if it is further away than any wait may be
   */
  quietUntil(instant: Instant): void {
    milliseconds(Math.max(0, instant - this.#clock.now()));
    this.#quietUntil = Math.max(this.#quietUntil, instant);
    if (this.#line.state === 'free')
      this.#line = { state: 'free', from: Math.max(this.#line.from, instant - this.#lead()) };
  }

  /** Somebody who waits may have become ready. */
  look(): void {
    this.#step();
  }

  /** When the silence is over that an operation with a lead has to keep. */
  get silentUntil(): Instant {
    return this.#quietUntil;
  }

  status(): ThrottleStatus {
    return {
      queued: this.#queued,
      running: this.#run !== undefined,
      stuck: this.#line.state === 'stuck',
      rejected: this.#rejected,
      expired: this.#expired,
      overruns: this.#overruns,
      settledAt: this.#settledAt,
      deadline: nextDeadline({ line: this.#line, commands: this.#lanes.command, polls: this.#lanes.poll }),
    };
  }

  /**
   * Takes nothing more, cancels what waits, tells what runs to stop and waits for its end; once the signal is aborted
   * it waits no longer. Afterwards nothing of this throttle is left: no timer, no listener, no open promise. Safe twice.
   */
  async stop(signal: AbortSignal): Promise<void> {
    this.#stopping = true;
    const waiting = [...this.#lanes.command.splice(0), ...this.#lanes.poll.splice(0)];
    for (const job of waiting) job.fail(new Fault('internal/cancelled', { started: false }));
    this.#tellToStop('internal/cancelled');
    this.#step();
    try {
      if (this.#run !== undefined) await this.#endOfRun.join(signal);
    } finally {
      this.#giveUp();
      this.#ended.abort();
      this.#alarm.stop();
      this.#watch.clear();
    }
  }

  get #queued(): number {
    return this.#lanes.command.length + this.#lanes.poll.length;
  }

  #enqueue(
    operation: Operation,
    data: unknown,
    signal: AbortSignal,
    resolve: (value: unknown) => void,
    reject: (fault: Fault) => void,
  ): void {
    if (!this.#registry.sealed) throw new Fault('throttle/not-started');
    if (this.#stopping || signal.aborted) throw new Fault('internal/cancelled', { started: false });
    const { maxQueue, pollReserve = 0, maxWait, maxPollWait = maxWait } = this.#limits;
    const isPoll = operation.lane === 'poll';
    if (this.#queued >= maxQueue || (!isPoll && this.#lanes.command.length >= maxQueue - pollReserve)) {
      this.#rejected++;
      throw new Fault('throttle/full');
    }
    const expiresAt = this.#clock.now() + (isPoll ? maxPollWait : maxWait);
    const onCancel = (job: ThrottleJob) => this.#turn(() => this.#cancel(job));
    this.#lanes[operation.lane].push(
      new ThrottleJob({ operation, data, expiresAt, signal, watch: this.#watch, resolve, reject, onCancel }),
    );
    this.#step();
  }

  #step(): void {
    for (;;) {
      const { command: commands, poll: polls } = this.#lanes;
      const { commandBurst } = this.#limits;
      const decision = plan({ line: this.#line, commands, polls, burst: this.#burst, commandBurst }, this.#clock.now());
      switch (decision.action) {
        case 'start':
          this.#start(decision.entry);
          break;
        case 'expire':
          for (const job of decision.entries) {
            this.#leaveQueue(job);
            this.#expired++;
            this.#settledAt = this.#clock.now();
            job.fail(new Fault('throttle/waited-too-long'));
          }
          break;
        case 'tell-to-stop':
          this.#overruns++;
          this.#tellToStop('throttle/ran-too-long');
          break;
        case 'declare-stuck':
          this.#giveUp();
          this.#report(new Fault('bus/stuck'));
          break;
        case 'wait':
          if (decision.reason === 'silence') this.#keepSilence(decision.until).catch(this.#onMistake);
          else this.#alarm.set(decision.until);
          return;
        case 'idle':
          return;
      }
    }
  }

  async #keepSilence(until: Instant): Promise<void> {
    if (this.#inSilence) return;
    this.#inSilence = true;
    try {
      await this.#clock.until(until, this.#ended.signal);
    } catch {
      return; // only `stop` ends a silence, and it has emptied the queue
    } finally {
      this.#inSilence = false;
    }
    this.#step();
  }

  #start(job: ThrottleJob): void {
    const { lane } = job.operation;
    if (this.#controller.signal.aborted) this.#controller = new AbortController();
    const run = new ThrottleRun(job, this.#controller);
    this.#leaveQueue(job);
    this.#burst = lane === 'command' ? this.#burst + 1 : 0;
    this.#run = run;
    // the rest of the silence is no use of the line: a gap may be longer than any operation
    this.#line = { state: 'running', until: Math.max(this.#clock.now(), this.#quietUntil) + this.#limits.maxRun };
    run.begin().then(
      (value) => this.#turn(() => this.#finish(run, () => job.succeed(value))),
      (thrown) => this.#turn(() => this.#finish(run, () => job.fail(run.stoppedBy(thrown) ?? toFault(thrown)))),
    );
  }

  #turn(work: () => void): void {
    try {
      work();
    } catch (thrown) {
      this.#onMistake(thrown);
    }
  }

  /** The end of an operation that was given up changes nothing any more. */
  #finish(run: ThrottleRun, settle: () => void): void {
    if (this.#run !== run) return;
    this.#settledAt = this.#clock.now();
    this.#run = undefined;
    this.#free();
    settle();
    this.#endOfRun.tell();
    this.#step();
  }

  #free(): void {
    this.#quietUntil = Math.max(this.#quietUntil, this.#clock.now() + this.#limits.gap);
    this.#line = { state: 'free', from: this.#quietUntil - this.#lead() };
  }

  #cancel(job: ThrottleJob): void {
    if (this.#run?.job === job) {
      this.#tellToStop('internal/cancelled');
      this.#step();
    } else {
      this.#leaveQueue(job);
      job.fail(new Fault('internal/cancelled', { started: false }));
    }
  }

  #leaveQueue(job: ThrottleJob): void {
    const { lane } = job.operation;
    const at = this.#lanes[lane].indexOf(job);
    if (at >= 0) this.#lanes[lane].splice(at, 1);
  }

  #tellToStop(code: StopCode): void {
    if (this.#run === undefined || this.#line.state !== 'running') return;
    this.#line = { state: 'stopping', until: this.#clock.now() + this.#limits.grace };
    this.#run.tellToStop(code);
  }

  /** The running operation keeps the line, but nobody waits for it any longer. */
  #giveUp(): void {
    const run = this.#run;
    if (run === undefined) return;
    this.#run = undefined;
    this.#settledAt = this.#clock.now();
    this.#line = { state: 'stuck' };
    run.job.fail(run.stoppedBy() ?? new Fault('internal/cancelled', { started: true }));
    this.#endOfRun.tell();
  }

  #report(fault: Fault): void {
    try {
      this.#onStuck(fault);
    } catch {
      // A listener that breaks its promise must not take the timer's promise, and with it the process, down.
    }
  }
}
