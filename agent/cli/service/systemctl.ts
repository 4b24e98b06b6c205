import { execFile } from 'node:child_process';

const PROGRAM = '/usr/bin/systemctl';
const LIMITS = { timeout: 10_000, maxBuffer: 1_048_576, windowsHide: true } as const;

const UNIT = 'fieldward.service';

/** What the service manager says of the running unit (`systemctl show`), or undefined where there is none. */
export function showUnit(properties: readonly string[]): Promise<string | undefined> {
  return systemctl(['show', UNIT, '--no-pager', `--property=${properties.join(',')}`]);
}

/** The unit with its drop-ins as they lie on the disk (`systemctl cat`), or undefined where there is none. */
export function catUnit(): Promise<string | undefined> {
  return systemctl(['cat', UNIT, '--no-pager']);
}

/** With nothing in its arguments that anybody else wrote. Beside it only `replay` starts a program, and the agent none. */
function systemctl(args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(PROGRAM, args, { ...LIMITS, env: { LC_ALL: 'C' } }, (failed, out) => resolve(failed ? undefined : out));
  });
}
