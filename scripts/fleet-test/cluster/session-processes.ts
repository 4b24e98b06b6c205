import { readdirSync, readFileSync } from 'node:fs';

/**
 * Processes of a session (setsid(2)): also those that were left behind by their parent, or have a group of their own. A node of
 * RabbitMQ starts such ones beside it, which a signal to the node does not end.
 * @param session the process that began it
 */
function processesOfSession(session: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => sessionIn(statOf(pid)) === session);
}

/** @param stat `/proc/PID/stat` (proc(5)); after the name, which is in brackets and may hold anything, the session is the fourth field */
export function sessionIn(stat: string): number {
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3]);
}

/** Empty where the process has gone meanwhile. */
function statOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return '';
  }
}

/** Ends all of them that are still there. */
export function killSession(session: number): void {
  for (const pid of processesOfSession(session)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // it has gone by itself
    }
  }
}
