import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installNodePeer } from '../node-peer.ts';
import type { ObisProtocol } from './subject.ts';

/** The work that was decoded in the measured time, by any decoder. */
export interface Decoded {
  readonly decoded: number;
  readonly values: number;
  readonly refused: number;
  readonly bytes: number;
  readonly cpuUs: number;
}

export interface PeerWork {
  readonly protocol: ObisProtocol;
  readonly telegrams: readonly Uint8Array[];
  readonly chunkBytes: number;
  readonly warmUpS: number;
  readonly seconds: number;
}

/** Lets smartmeter-obis decode the same telegrams, in the same chunks, in a process of its own. */
export async function decodeWithPeer({ telegrams, ...work }: PeerWork, signal: AbortSignal): Promise<Decoded> {
  const program = await installNodePeer('peer-obis');
  const folder = await mkdtemp(join(tmpdir(), 'fieldward-bench-'));
  try {
    const path = join(folder, 'work.json');
    await writeFile(path, JSON.stringify({ ...work, stream: Buffer.concat(telegrams).toString('base64') }));
    return JSON.parse((await promisify(execFile)(process.execPath, [program, path], { signal })).stdout);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
