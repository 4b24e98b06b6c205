import type { Fault } from '../../drivers/contract/fault.ts';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** Ids, numbers and codes. Text that came from outside is escaped and cut; a fault is shown by code and table text only. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** `event` is a constant text of ours: `bus opened`. Varying parts go into the fields. */
export interface Log {
  error(event: string, fields?: LogFields, fault?: Fault): void;
  warn(event: string, fields?: LogFields, fault?: Fault): void;
  info(event: string, fields?: LogFields, fault?: Fault): void;
  debug(event: string, fields?: LogFields, fault?: Fault): void;
  /** The same log with fields that every line carries. */
  with(fields: LogFields): Log;
}

/** For parts that are used without a log: tests and the command line. */
export const silentLog: Log = {
  error() {},
  warn() {},
  info() {},
  debug() {},
  with: () => silentLog,
};
