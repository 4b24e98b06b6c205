import { join } from 'node:path';
import { checkout } from './place.ts';
import { type Exit, type Program, startProgram } from './program.ts';

export type { Exit };

export interface AgentSetup {
  /** Arguments after `main.js`: `['run', '--config', file]`. */
  readonly args: readonly string[];
  /** On top of a small clean environment; never the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Another built tree than the checkout's `dist`. */
  readonly dist?: string;
  /** Nobody reads what it prints: its pipes fill up. */
  readonly unread?: boolean;
  /** Options of Node itself. */
  readonly nodeArgs?: readonly string[];
  /** A program with its arguments that becomes the agent: `['setpriv', …]`. */
  readonly through?: readonly string[];
}

/** The built agent, run as it runs in the field: a process of its own. */
export type AgentProcess = Program;

export function startAgent(setup: AgentSetup): AgentProcess {
  const main = join(setup.dist ?? join(checkout(), 'dist'), 'agent', 'main.js');
  const words = [process.execPath, ...(setup.nodeArgs ?? []), main, ...setup.args] as const;
  const [through, ...more] = setup.through ?? [];
  return startProgram({
    words: through === undefined ? words : [through, ...more, ...words],
    env: setup.env,
    unread: setup.unread,
  });
}
