import { execFile } from 'node:child_process';

const PROGRAM = '/usr/bin/systemctl';
const LIMITS = { timeout: 10_000, windowsHide: true } as const;

const UNIT = 'fieldward.service';

/** The service manager's answer about the running unit (`systemctl show`), or undefined where there is none. */
export function showUnit(properties: readonly string[]): Promise<string | undefined> {
  return systemctl(['show', UNIT, '--no-pager', `--property=${properties.join(',')}`]);
}

/** The unit with its drop-ins as they lie on the disk (`systemctl cat`), or undefined where there is none. */
export function catUnit(): Promise<string | undefined> {
  return systemctl(['cat', UNIT, '--no-pager']);
}

const JOURNAL = '/usr/bin/journalctl';
const JOURNAL_LINES = 5000;

/** The last lines of the service's log as it wrote them; undefined where there is no journal, or none for this user. */
export function journalTail(): Promise<string | undefined> {
  return asked(JOURNAL, [`--unit=${UNIT}`, `--lines=${JOURNAL_LINES}`, '--output=cat', '--no-pager', '--quiet'], 16);
}

/** With nothing in its arguments that anybody else wrote. Beside it only `replay` starts a program, and the agent none. */
function systemctl(args: readonly string[]): Promise<string | undefined> {
  return asked(PROGRAM, args, 1);
}

/** @param most MiB that it may print */
function asked(program: string, args: readonly string[], most: number): Promise<string | undefined> {
  const limits = { ...LIMITS, maxBuffer: most * 1_048_576, env: { LC_ALL: 'C' } };
  return new Promise((resolve) => {
    execFile(program, args, limits, (failed, out) => resolve(failed ? undefined : out));
  });
}
