import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { MachineFile } from '../files/machine-file.ts';

const NAME = 'announced';
/** The most devices and points, with the longest ids, take three quarters of it. */
const LONGEST_FILE = 8_388_608;
/** Names that a gateway had, of which something is still to be cleared; the oldest go first. */
export const MOST_ROOTS = 8;
/** Twice as many as a config can have. */
export const MOST_DEVICES = 16_384;
/** Points with a topic of their own, of all devices together; further ones are not remembered. */
const MOST_POINTS = 65_536;
/** The beginning that a topic may have: no wildcard, no empty level. */
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
 * The topics that were announced, in the folder of the outbox.
 * @param machine names this machine: a file that came with the image of another one says nothing about our topics
 */
export class AnnouncedFile {
  readonly #file: MachineFile;

  constructor(directory: string, machine: string) {
    this.#file = new MachineFile(directory, NAME, machine, LONGEST_FILE);
  }

  /** Never throws. */
  async read(): Promise<StoredRoots> {
    const stored = await this.#file.read();
    return stored.state === 'good' ? rootsOf(stored.data.roots) : stored;
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
    await this.#file.write({ roots: list });
  }
}

function rootsOf(list: unknown): StoredRoots {
  if (!Array.isArray(list)) return { state: 'damaged' };
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
