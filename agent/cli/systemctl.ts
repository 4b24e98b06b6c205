import { execFile } from 'node:child_process';

const PROGRAM = '/usr/bin/systemctl';
const LIMITS = { timeout: 10_000, maxBuffer: 1_048_576, windowsHide: true } as const;

/**
 * What the service manager says of the running unit (`systemctl show`), or undefined where there is none. The only
 * program that anything of Fieldward starts, with nothing in its arguments that anybody else wrote.
 */
export function showUnit(properties: readonly string[]): Promise<string | undefined> {
  const args = ['show', 'fieldward.service', '--no-pager', `--property=${properties.join(',')}`];
  return new Promise((resolve) => {
    execFile(PROGRAM, args, { ...LIMITS, env: { LC_ALL: 'C' } }, (failed, out) => resolve(failed ? undefined : out));
  });
}
