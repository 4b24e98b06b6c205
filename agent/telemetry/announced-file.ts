import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { isCode, replaceFile } from '../files/replace-file.ts';

const NAME = 'announced';
/** The most devices and points, with the longest ids, take three quarters of it. */
const LONGEST_FILE = 8_388_608;
/** Names that a gateway had, of which something is still to be cleared; the oldest go first. */
export const MOST_ROOTS = 8;
/** Twice as many as a config can have. */
export const MOST_DEVICES = 16_384;
/** Points with a topic of their own, of all devices together; what is beyond is not remembered. */
const MOST_POINTS = 65_536;
/** What a topic may begin with: no wildcard, no empty level. */
const ROOT = /^[^/+#\0-\x1f]{1,63}(?:\/[^/+#\0-\x1f]{1,63}){1,8}$/;
const ID = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Devices of which the broker keeps something, each with its points that have a topic of their own. */
export type Devices = ReadonlyMap<string, ReadonlySet<string>>;
/** `PREFIX/GATEWAY` → its devices; the newest name last. */
export type Roots = ReadonlyMap<string, Devices>;

export type StoredRoots =
  | { readonly state: 'fresh' }
  /** There is a file, and it can't be read, or was written on another machine. */
  | { readonly state: 'damaged' | 'foreign' }
  | { readonly state: 'good'; readonly roots: Roots };

/**
 * Which topics were announced, in the folder of the outbox.
 * @param machine names this machine: a file that came with the image of another one says nothing about our topics
 */
export class AnnouncedFile {
  readonly #directory: string;
  readonly #machine: string;

  constructor(directory: string, machine: string) {
    this.#directory = directory;
    this.#machine = machine;
  }

  /** Never throws. */
  async read(): Promise<StoredRoots> {
    try {
      const file = await open(join(this.#directory, NAME), 'r');
      try {
        const found = await file.stat();
        if (!found.isFile() || found.size > LONGEST_FILE) return { state: 'damaged' };
        const { buffer, bytesRead } = await file.read(Buffer.alloc(found.size), 0, found.size, 0);
        return this.#parse(JSON.parse(buffer.toString('utf8', 0, bytesRead)));
      } finally {
        await file.close();
      }
    } catch (error) {
      return { state: isCode(error, 'ENOENT') ? 'fresh' : 'damaged' };
    }
  }

  /** Whole or not at all. Rejects with what the operating system says. */
  async write(roots: Roots): Promise<void> {
    const list = Array.from(roots, ([root, devices]) => ({
      root,
      devices: [...devices.keys()],
      values: Object.fromEntries(
        Array.from(devices, ([device, points]) => [device, [...points]] as const).filter(([, points]) => points.length),
      ),
    }));
    const text = JSON.stringify({ version: 1, machine: this.#machine, roots: list });
    await replaceFile(this.#directory, NAME, `${text}\n`);
  }

  #parse(stored: unknown): StoredRoots {
    const { version, machine, roots: list } = (stored ?? {}) as Readonly<Record<string, unknown>>;
    if (version !== 1 || typeof machine !== 'string' || !Array.isArray(list)) return { state: 'damaged' };
    if (machine !== this.#machine) return { state: 'foreign' };
    const roots = new Map<string, Devices>();
    for (const each of list) {
      const { root, devices, values } = (each ?? {}) as Readonly<Record<string, unknown>>;
      const isSound = typeof root === 'string' && ROOT.test(root) && areIds(devices);
      if (!isSound) return { state: 'damaged' };
      const named = new Map(Object.entries(values ?? {}));
      if (![...named.values()].every(areIds)) return { state: 'damaged' };
      roots.set(root, new Map(devices.map((device) => [device, new Set(named.get(device))])));
    }
    return { state: 'good', roots: boundedRoots(roots) };
  }
}

/** The newest, as many as there is room for. */
export function boundedRoots(roots: Roots): Roots {
  const kept: [string, Devices][] = [];
  let room = MOST_DEVICES;
  let roomOfPoints = MOST_POINTS;
  for (const [root, devices] of [...roots].reverse().slice(0, MOST_ROOTS)) {
    const some = new Map<string, ReadonlySet<string>>();
    for (const [device, points] of [...devices].slice(0, room)) {
      const held = new Set([...points].slice(0, roomOfPoints));
      some.set(device, held);
      roomOfPoints -= held.size;
    }
    kept.unshift([root, some]);
    room -= some.size;
  }
  return new Map(kept);
}

/** A mark of this machine that tells nothing else of it (machine-id(5) asks for that); the same one where it has no id. */
export function machineMark(path = '/etc/machine-id'): string {
  let id = '';
  try {
    id = readFileSync(path, 'utf8');
  } catch {
    // some containers have none
  }
  return createHash('sha256').update(`fieldward ${id.trim()}`).digest('hex').slice(0, 32);
}

function areIds(list: unknown): list is string[] {
  return Array.isArray(list) && list.every((id) => typeof id === 'string' && ID.test(id));
}
