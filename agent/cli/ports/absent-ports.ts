import { access } from 'node:fs/promises';
import type { BusConfig } from '../../../config/config.ts';
import { isCode } from '../../files/errno.ts';

/** So many are named; the rest is counted. */
const MOST_NAMED = 4;

/**
 * A config may be checked on another machine, and an adapter may be plugged in later, so that this is a note.
 *
 * @param isAbsent looks for the path and opens nothing
 * @returns one line about the serial ports of the config that are not on this machine now; none where all are
 */
export async function absentPorts(
  buses: readonly Pick<BusConfig, 'id' | 'port'>[],
  isAbsent: (path: string) => Promise<boolean> = pathIsAbsent,
): Promise<readonly string[]> {
  const absent: string[] = [];
  for (const { id, port } of buses) {
    if ('path' in port && (await isAbsent(port.path))) absent.push(`${id} (${port.path})`);
  }
  if (absent.length === 0) return [];
  const more = absent.length > MOST_NAMED ? `, and ${absent.length - MOST_NAMED} more` : '';
  const named = absent.slice(0, MOST_NAMED).join(', ');
  return [`note: these ports are not on this machine now: ${named}${more}; \`fieldward ports\` lists those that are`];
}

async function pathIsAbsent(path: string): Promise<boolean> {
  try {
    await access(path);
    return false;
  } catch (error) {
    return isCode(error, 'ENOENT');
  }
}
