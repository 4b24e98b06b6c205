import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Program } from '../testbed/program.ts';

/** A snapshot of 20 MB takes a second or two. */
const AT_MOST_MS = 60_000;

/** V8's own form, as far as it is needed here. */
interface Snapshot {
  readonly snapshot: { readonly meta: { readonly node_fields: readonly string[] } };
  readonly nodes: readonly number[];
}

/** With these options of Node's, {@link liveHeapBytes} can ask. @param folder that snapshots go into */
export function snapshotOptions(folder: string): readonly string[] {
  return ['--heapsnapshot-signal=SIGUSR2', `--diagnostic-dir=${folder}`];
}

/** A folder of its own for each program, below this one. */
export function snapshotFolder(folder: string): Promise<string> {
  return mkdtemp(join(folder, 'heap-'));
}

/**
 * What is reachable in the heap of a program's main thread after a whole collection, with its buffers. It is the same
 * each time to a hundredth, because neither garbage nor the steps in which the heap grows are in it.
 */
export async function liveHeapBytes(program: Program, folder: string): Promise<number> {
  program.signal('SIGUSR2');
  for (const until = performance.now() + AT_MOST_MS; performance.now() < until; await sleep(250)) {
    const [file] = await readdir(folder);
    const found = file === undefined ? undefined : wholeSnapshot(await readFile(join(folder, file), 'utf8'));
    if (found === undefined) continue;
    await rm(folder, { recursive: true });
    const { node_fields: fields } = found.snapshot.meta;
    const at = fields.indexOf('self_size');
    return found.nodes.reduce((sum, value, index) => (index % fields.length === at ? sum + value : sum), 0);
  }
  throw new Error('the agent wrote no snapshot of its heap');
}

/** Undefined while it is still being written. */
function wholeSnapshot(text: string): Snapshot | undefined {
  try {
    return JSON.parse(text) as Snapshot;
  } catch {
    return undefined;
  }
}
