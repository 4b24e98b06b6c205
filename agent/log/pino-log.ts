import { type Logger, pino } from 'pino';
import { milliseconds } from '../../drivers/contract/duration.ts';
import type { Fault } from '../../drivers/contract/fault.ts';
import type { Clock } from '../clock/clock.ts';
import { describeFault, describeFields } from './describe.ts';
import { escapeText } from './escape.ts';
import type { Log, LogFields, LogLevel } from './log.ts';
import { DescriptorOutput, type LogOutput } from './output.ts';
import { type LogRate, RateLimit } from './rate.ts';

export interface PinoLogOptions {
  readonly clock: Clock;
  readonly level: LogLevel;
  /** Default: stdout. */
  readonly output?: LogOutput;
}

/** A line a second for a whole day is 86,400 records of one kind: these keep a fault from filling the journal. */
const PER_EVENT: LogRate = { burst: 20, refill: milliseconds(10_000) };
const OVERALL: LogRate = { burst: 200, refill: milliseconds(100) };
/** A user of debug wants to see exchanges, so only the whole is bounded, and apart from lines that matter more. */
const DEBUG: LogRate = { burst: 1000, refill: milliseconds(5) };

type Write = (level: LogLevel, fields: LogFields, event: string, more?: LogFields, fault?: Fault) => void;

class ScopedLog implements Log {
  readonly #write: Write;
  readonly #fields: LogFields;

  constructor(write: Write, fields: LogFields) {
    this.#write = write;
    this.#fields = fields;
  }

  error(event: string, fields?: LogFields, fault?: Fault): void {
    this.#write('error', this.#fields, event, fields, fault);
  }

  warn(event: string, fields?: LogFields, fault?: Fault): void {
    this.#write('warn', this.#fields, event, fields, fault);
  }

  info(event: string, fields?: LogFields, fault?: Fault): void {
    this.#write('info', this.#fields, event, fields, fault);
  }

  debug(event: string, fields?: LogFields, fault?: Fault): void {
    this.#write('debug', this.#fields, event, fields, fault);
  }

  with(fields: LogFields): Log {
    return new ScopedLog(this.#write, { ...this.#fields, ...fields });
  }
}

/** JSON lines: one object a record, bounded in length and in number, without anything that could start a second one. */
export class PinoLog extends ScopedLog {
  readonly #clock: Clock;
  readonly #output: LogOutput;
  readonly #logger: Logger;
  readonly #rate = new RateLimit(PER_EVENT, OVERALL);
  readonly #debugRate = new RateLimit(DEBUG, DEBUG);
  #dropped = 0;
  #droppedUntold = 0;

  constructor({ clock, level, output = new DescriptorOutput() }: PinoLogOptions) {
    super((...line) => this.#write(...line), {});
    this.#clock = clock;
    this.#output = output;
    this.#logger = pino(
      {
        level,
        base: null, // neither process id nor host name
        timestamp: () => `,"time":"${new Date(clock.wall()).toISOString()}"`,
        formatters: { level: (label) => ({ level: label }) },
      },
      { write: (line: string) => this.#put(line) },
    );
  }

  /** Of this log and of all that `with` made of it, from the next line on. */
  setLevel(level: LogLevel): void {
    this.#logger.level = level;
  }

  /** Lines that were lost because nobody read them. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Tells what was suppressed of events that have not come again since. For a ticker, and before the end. */
  reportSuppressed(): void {
    for (const rate of [this.#rate, this.#debugRate]) {
      for (const [of, suppressed] of rate.takeSuppressed()) {
        this.#logger.warn({ event: 'log lines suppressed', ...describeFields({ of }), suppressed });
      }
    }
  }

  /** Settles when all lines are out, or when the signal is aborted. */
  async flush(signal: AbortSignal): Promise<void> {
    this.reportSuppressed();
    await this.#output.flush(signal);
  }

  #write(level: LogLevel, fields: LogFields, event: string, more?: LogFields, fault?: Fault): void {
    if (!this.#logger.isLevelEnabled(level)) return;
    const rate = level === 'debug' ? this.#debugRate : this.#rate;
    const suppressed = rate.admit(event, this.#clock.now());
    if (suppressed === undefined) return;
    this.#logger[level]({
      event: escapeText(event),
      ...describeFields({ ...fields, ...more }),
      ...(fault === undefined ? {} : { fault: describeFault(fault, this.#logger.isLevelEnabled('debug')) }),
      ...(suppressed > 0 ? { suppressed } : {}),
      ...(this.#droppedUntold > 0 ? { dropped: this.#droppedUntold } : {}),
    });
  }

  #put(line: string): void {
    if (this.#output.write(line)) {
      this.#droppedUntold = 0;
    } else {
      this.#dropped++;
      this.#droppedUntold++;
    }
  }
}
