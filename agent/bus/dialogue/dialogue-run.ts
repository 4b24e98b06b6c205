import type { AskStep, BreakStep, EndStep, FailStep, SetLineStep, Step } from '../../../drivers/contract/dialogue.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { Fault, toFault } from '../../../drivers/contract/fault.ts';
import type { FaultCode } from '../../../drivers/contract/faults.ts';
import type { LineTiming, SerialControl } from '../../../drivers/contract/port.ts';
import type { Clock } from '../../clock/clock.ts';
import { withDeadline } from '../../clock/deadline.ts';
import { type LateAnswers, ownerOf } from '../late-answers.ts';
import type { Line } from '../line.ts';
import type { Quiet } from '../quiet.ts';
import type { ExchangeReply } from '../waiting.ts';
import type { Asker, Inquiry, Outcome } from './inquiry.ts';
import { RunCost } from './run-cost.ts';

/**
 * A change of the line itself takes no longer than this: half of the time that an operation is given to end in, so that
 * it can still give the line back as it was.
 */
const CONTROL_LIMIT = milliseconds(500);

/** The port stays as it is, and only the device whose dialogue needs this is concerned. */
const UNABLE: ReadonlySet<FaultCode> = new Set<FaultCode>(['port/no-control', 'port/unsupported']);

const NONE: ReadonlySet<FaultCode> = new Set();

const never = new AbortController().signal;

export interface RunSetup {
  readonly inquiry: Inquiry;
  readonly asker: Asker;
  readonly line: Line;
  readonly late: LateAnswers;
  readonly quiet: Quiet;
  readonly clock: Clock;
  /** As configured. */
  readonly timing: LineTiming;
}

/**
 * Runs a dialogue from its first step to its last, on a line that nobody else uses meanwhile, and leaves the line as it was.
 * @throws Fault `port/…` where the port failed, `internal/cancelled` by the signal, `bus/answer-pending` where a request
 *   has to wait for an old answer and the device can not have acted yet
 */
export async function runDialogue(setup: RunSetup, signal: AbortSignal): Promise<Outcome> {
  return await new DialogueRun(setup, signal).run();
}

class DialogueRun {
  readonly #setup: RunSetup;
  readonly #signal: AbortSignal;
  readonly #cost: RunCost;
  #asked = 0;
  #sent = false;
  #acted = false;
  /** The last request was answered. */
  #answered = false;
  #latencyMs = 0;
  #lateWithin = 0;
  /** The device's progress is not the one in its memory. */
  #isDoubtful = false;

  constructor(setup: RunSetup, signal: AbortSignal) {
    this.#setup = setup;
    this.#signal = signal;
    this.#cost = new RunCost(setup.inquiry.dialogue.cost, setup.timing);
  }

  async run(): Promise<Outcome> {
    const { inquiry, asker, line, late } = this.#setup;
    try {
      let step: Step | Outcome = inquiry.dialogue.begin(asker.memory, late.nextRun());
      while ('kind' in step) step = await this.#take(step);
      return step;
    } finally {
      if (this.#isDoubtful) asker.forget();
      line.forgetRest();
      if (line.sender.isChanged) await this.#restore();
    }
  }

  /** @returns the next step, or the outcome of all */
  async #take(step: Step): Promise<Step | Outcome> {
    if (!this.#cost.step()) return this.#broken('driver/cost');
    switch (step.kind) {
      case 'ask':
        return await this.#ask(step);
      case 'set-line':
        return await this.#setLine(step);
      case 'break':
        return await this.#break(step);
      case 'rest':
        if (!this.#cost.rests(step.span)) return this.#broken('driver/cost');
        this.#setup.line.forgetRest();
        await this.#setup.clock.sleep(step.span, this.#signal);
        return step.next();
      case 'end':
        return this.#end(step);
      case 'fail':
        return this.#fail(step);
    }
  }

  async #ask({ exchange, acts, next }: AskStep): Promise<Step | Outcome> {
    const { inquiry, asker, line, late, quiet, clock } = this.#setup;
    const { characterMs } = line.sender;
    if (!this.#cost.asks(exchange, characterMs)) return this.#broken('driver/cost');
    const owner = ownerOf(asker, inquiry.dialogue);
    const clearAt = late.clearAt(exchange.signature, clock.now());
    if (clearAt > clock.now()) {
      late.hold(owner, clearAt);
      if (this.#acted) return this.#broken('bus/answer-pending');
      throw new Fault('bus/answer-pending', { started: this.#sent });
    }
    if (acts) {
      this.#acted = true;
      inquiry.acts?.();
    }
    const number = this.#asked;
    const timeout = inquiry.timing?.timeoutOf(number, exchange, characterMs) ?? exchange.timeout;
    const sendableAt = quiet.before(exchange, number > 0);
    this.#asked += 1;
    this.#sent = true;
    this.#isDoubtful = true;
    let reply: ExchangeReply<unknown>;
    try {
      reply = await line.ask(exchange, { owner, timeout, sendableAt }, this.#signal);
    } finally {
      quiet.usedUntil(line.quietSince);
    }
    inquiry.timing?.ended(number, exchange, reply, characterMs);
    this.#lateWithin = exchange.lateWithin;
    this.#answered = reply.state === 'answered' || reply.answered;
    if (reply.state === 'answered') {
      this.#latencyMs = reply.latencyMs;
      return next({ state: 'answered', result: reply.result });
    }
    return next({ state: 'failed', fault: reply.fault, consequence: reply.consequence });
  }

  async #setLine({ baudRate, next }: SetLineStep): Promise<Step | Outcome> {
    const { line } = this.#setup;
    line.early.keep();
    return await this.#control(async (control) => {
      line.sender.setSpeed(baudRate);
      await this.#bounded((signal) => control.setBaudRate(baudRate, signal));
      return next();
    });
  }

  async #break({ span, next }: BreakStep): Promise<Step | Outcome> {
    const { line, quiet, clock } = this.#setup;
    if (!this.#cost.rests(span)) return this.#broken('driver/cost');
    line.forgetRest();
    return await this.#control(async (control) => {
      try {
        await this.#bounded((signal) => control.setBreak(true, signal));
        this.#sent = true;
        this.#isDoubtful = true;
        await clock.sleep(span, this.#signal);
      } finally {
        // a line that stays in the break is of no use to anybody
        if (!line.isLost) await this.#orLost((signal) => control.setBreak(false, signal), UNABLE);
        quiet.usedUntil(clock.now());
      }
      return next();
    });
  }

  /** Where the port can't, the device can't be talked to; any other error is a matter of the port. */
  async #control(work: (control: SerialControl) => Promise<Step>): Promise<Step | Outcome> {
    const { line, clock } = this.#setup;
    const { control } = line;
    if (control === undefined) return this.#broken('port/no-control');
    if (line.requestEnd > clock.now()) await clock.until(line.requestEnd, this.#signal);
    try {
      return await work(control);
    } catch (thrown) {
      const { code } = toFault(thrown);
      if (!UNABLE.has(code)) throw thrown;
      return this.#broken(code);
    }
  }

  async #bounded(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    try {
      await withDeadline(this.#setup.clock, CONTROL_LIMIT, this.#signal, work);
    } catch (thrown) {
      throw toFault(thrown).code === 'internal/deadline' ? new Fault('port/failed', undefined, thrown) : thrown;
    }
  }

  /**
   * Also after the dialogue was told to stop. A port that does not come back to what it was is opened anew.
   * @param spared of these it is known that nothing has changed
   */
  async #orLost(work: (signal: AbortSignal) => Promise<void>, spared: ReadonlySet<FaultCode>): Promise<void> {
    const { line, clock } = this.#setup;
    try {
      await withDeadline(clock, CONTROL_LIMIT, never, work);
    } catch (thrown) {
      if (!spared.has(toFault(thrown).code)) line.lost(new Fault('port/failed', undefined, thrown));
    }
  }

  async #restore(): Promise<void> {
    const { line, timing } = this.#setup;
    const { control } = line;
    if (control === undefined || line.isLost) return;
    await this.#orLost((signal) => control.setBaudRate(timing.baudRate, signal), NONE);
    line.sender.setSpeed(timing.baudRate);
  }

  #end({ samples, memory, identity, further }: EndStep): Outcome {
    this.#isDoubtful = false;
    if (memory !== undefined) this.#setup.asker.keep(memory);
    return {
      ok: true,
      samples,
      latencyMs: this.#latencyMs,
      ...(identity && { identity }),
      ...(further && { further }),
    };
  }

  #fail({ fault, consequence, repeat, memory }: FailStep): Outcome {
    // a driver that failed may have failed at what it remembers
    this.#isDoubtful = fault.code === 'driver/threw';
    if (memory !== undefined) this.#setup.asker.keep(memory);
    const answered = this.#answered && consequence !== 'silent';
    return { ...this.#failed(fault), consequence, answered, repeat: repeat === 'whole' };
  }

  /** It can't go on, and the driver is not asked. */
  #broken(code: FaultCode): Outcome {
    return this.#failed(new Fault(code));
  }

  #failed(fault: Fault): Extract<Outcome, { ok: false }> {
    const lateWithin = this.#lateWithin;
    return { ok: false, fault, consequence: 'silent', answered: false, acted: this.#acted, repeat: false, lateWithin };
  }
}
