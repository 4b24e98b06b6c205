import type { LoadedConfig } from '../../../config/load.ts';
import type { CliIo } from '../io.ts';

/** `weak`: it could be better; `bad`: somebody can do what he must not; `unknown`: it could not be found out. */
export type FindingState = 'good' | 'weak' | 'bad' | 'unknown';

export interface SecurityFinding {
  /** The thing that was looked at, in a few words. */
  readonly name: string;
  readonly state: FindingState;
  /** The remedy; empty where it is good. */
  readonly advice: string;
}

/** One part of `check --security`. A fact that it can't find out is a finding too: it throws nothing. */
export type Inspection = (
  loaded: LoadedConfig,
  file: string,
  io: CliIo,
  /** Whether the connection of the running service may be ended for it. */
  interrupt?: boolean,
) => Promise<readonly SecurityFinding[]>;

export function good(name: string): SecurityFinding {
  return { name, state: 'good', advice: '' };
}
