import type { CliProcess } from '../../../agent/cli/io.ts';

/** A process that keeps what a command prints and tells. */
export interface FakeCliProcess extends CliProcess {
  readonly printed: string[];
  readonly told: string[];
}

export function cliProcess(environment: CliProcess['environment'] = {}): FakeCliProcess {
  const [printed, told]: [string[], string[]] = [[], []];
  return {
    ...{ printed, told, environment, isTerminal: false, width: 80, height: undefined, version: '1.2.3', pid: 1 },
    out: (text) => void printed.push(`${text}\n`),
    draw: (text) => void printed.push(text),
    keys: () => () => undefined,
    err: (text) => void told.push(text),
    stopping: new AbortController().signal,
    timingWorker: new URL('file:///nowhere'),
    consolePage: new URL('file:///nowhere/'),
    onReload: () => undefined,
    tellToReload: () => false,
  };
}
