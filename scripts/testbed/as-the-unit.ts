import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentSetup } from './agent-process.ts';
import { checkout } from './place.ts';

/**
 * Node's own options and the environment of its allocator, as systemd/fieldward.service has them: memory and processor time
 * depend on them.
 */
export function asTheUnit(): Required<Pick<AgentSetup, 'nodeArgs' | 'env'>> {
  const unit = readFileSync(join(checkout(), 'systemd', 'fieldward.service'), 'utf8');
  const options = /^ExecStart=\/usr\/bin\/node ((?:--\S+ )+)/m.exec(unit)?.[1];
  const environment = /^Environment=(MALLOC_.+)$/m.exec(unit)?.[1];
  if (options === undefined || environment === undefined) throw new Error('the unit does not say how Node is started');
  return {
    nodeArgs: options.trim().split(' '),
    env: Object.fromEntries(environment.split(' ').map((each) => each.split('=', 2))),
  };
}
