import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseUnitFile } from '../../agent/cli/service/unit-file.ts';
import type { AgentSetup } from './agent-process.ts';
import { checkout } from './place.ts';

/** With Node's options and the environment of systemd/fieldward.service: memory and processor time depend on them. */
export function asTheUnit<Setup extends Partial<AgentSetup>>({ nodeArgs = [], env, ...setup }: Setup) {
  const unit = readFileSync(join(checkout(), 'systemd', 'fieldward.service'), 'utf8');
  const options = /^ExecStart=\/usr\/bin\/node ((?:--\S+ )+)/m.exec(unit)?.[1];
  if (options === undefined) throw new Error('the unit does not say how Node is started');
  return {
    ...setup,
    nodeArgs: [...options.trim().split(' '), ...nodeArgs],
    env: { ...Object.fromEntries(parseUnitFile(unit).environment), ...env },
  };
}
