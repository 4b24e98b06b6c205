import { constants } from 'node:fs';
import { open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskGate } from '../files/disk-gate.ts';
import { makeFolder } from '../files/replace-file.ts';

/** Files of one bus; the oldest goes for a new one. */
const RECORDINGS_KEPT = 8;

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;

/** Files of captures in a folder of the state directory, for their owner alone, at most so many of each bus. */
export class Recordings {
  readonly #directory: string;
  readonly #gate: DiskGate;

  constructor(directory: string, gate: DiskGate) {
    this.#directory = directory;
    this.#gate = gate;
  }

  /**
   * Rejects with what the operating system says.
   * @param wall milliseconds since 1970
   * @param why a word of ours
   */
  write(bus: string, wall: number, why: 'offline' | 'checksums', text: string): Promise<void> {
    return this.#gate.run(async () => {
      await makeFolder(this.#directory, 0o700);
      const time = new Date(wall).toISOString().replace(/[-:]/g, '').replace(/\..*/, 'Z');
      await this.#thin(bus);
      const path = join(this.#directory, `${bus}.${time}.${why}.capture`);
      const file = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
    });
  }

  /** By their times, which stand in their names; another bus whose name begins alike has a dot at another place. */
  async #thin(bus: string): Promise<void> {
    const own = (await readdir(this.#directory)).filter((name) => name.startsWith(`${bus}.`) && OURS.test(name)).sort();
    for (const name of own.slice(0, Math.max(0, own.length - RECORDINGS_KEPT + 1))) {
      await rm(join(this.#directory, name), { force: true });
    }
  }
}

const OURS = /^[a-z0-9-]+\.[0-9]{8}T[0-9]{6}Z\.(?:offline|checksums)\.capture$/;
