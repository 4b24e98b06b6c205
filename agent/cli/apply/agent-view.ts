import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { processStat } from '../../files/process-stat.ts';
import { readStateFile } from '../../files/state-file.ts';
import { LOCAL_STATUS, LOCAL_STATUS_BYTES } from '../../status/local-status.ts';
import { type Status, statusSchema } from '../../status/schema.ts';

/** The running agent, as its status file tells it. */
export interface RunningAgent {
  readonly pid: number;
  readonly status: Status;
}

/**
 * Reads the status of the agent that runs now; undefined: none does, or it has not told yet. The file's writer is only
 * believed in what concerns itself: the process must be its own user's, and the one that the file names. Never throws.
 */
export async function readAgent(directory: string): Promise<RunningAgent | undefined> {
  const path = join(directory, LOCAL_STATUS);
  try {
    const stored = JSON.parse((await readStateFile(path, LOCAL_STATUS_BYTES)).toString('utf8')) as
      | {
          readonly [key in 'version' | 'pid' | 'start' | 'status']?: unknown;
        }
      | null;
    const { version, pid, start, status } = stored ?? {};
    if (version !== 1 || typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid < 2) return undefined;
    const [process_, folder, file] = await Promise.all([processStat(pid), stat(`/proc/${pid}`), stat(path)]);
    if (process_.start !== start || process_.state === 'Z' || folder.uid !== file.uid) return undefined;
    const checked = statusSchema.safeParse(status);
    return checked.success ? { pid, status: checked.data } : undefined;
  } catch {
    return undefined;
  }
}
