import { readFileSync } from 'node:fs';
import type { Disk, DiskFile } from './disk.ts';

/**
 * Lets one piece of work at a time through to a file system. Node does files and names with four threads together, and
 * a disk that hangs keeps each thread that asks it. Through a gate it keeps one, and the others go on.
 * Work must not go through the gate again from within: it would wait for itself.
 */
export class DiskGate {
  #last: Promise<unknown> = Promise.resolve();

  /** Does the work once all that came before has ended, however that ended. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

/** One gate for each file system: files on one disk hang together. */
export class DiskGates {
  readonly #mounts: string;
  readonly #gates = new Map<string, DiskGate>();

  /** @param mounts the text of `/proc/self/mountinfo`, which no disk is asked for (proc_pid_mountinfo(5)) */
  constructor(mounts: string) {
    this.#mounts = mounts;
  }

  /** @param path absolute; its file system is found by its name, so a link on the way may lead to another gate */
  at(path: string): DiskGate {
    const device = deviceOf(path, this.#mounts);
    const gate = this.#gates.get(device) ?? new DiskGate();
    this.#gates.set(device, gate);
    return gate;
  }
}

/** The table of mounts; nothing where it can't be read, and then there is one gate for all. */
export function readMounts(): string {
  try {
    return readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    return '';
  }
}

/** The device number of what is mounted where the path leads; of several at one place the last counts. */
export function deviceOf(path: string, mounts: string): string {
  let device = '';
  let longest = -1;
  for (const line of mounts.split('\n')) {
    const [, , number, , escaped] = line.split(' ');
    if (number === undefined || escaped === undefined) continue;
    const place = escaped.replace(/\\([0-7]{3})/g, (_, digits: string) =>
      String.fromCharCode(Number.parseInt(digits, 8)),
    );
    const isAbove = path === place || path.startsWith(place.endsWith('/') ? place : `${place}/`);
    if (!isAbove || place.length < longest) continue;
    longest = place.length;
    device = number;
  }
  return device;
}

/** The same disk, each call through the gate. */
export function gated(disk: Disk, gate: DiskGate): Disk {
  return {
    open: async (path, how) => gatedFile(await gate.run(() => disk.open(path, how)), gate),
    mkdir: (path) => gate.run(() => disk.mkdir(path)),
    readdir: (path) => gate.run(() => disk.readdir(path)),
    rename: (from, to) => gate.run(() => disk.rename(from, to)),
    unlink: (path) => gate.run(() => disk.unlink(path)),
    syncFolder: (path) => gate.run(() => disk.syncFolder(path)),
  };
}

function gatedFile(file: DiskFile, gate: DiskGate): DiskFile {
  return {
    size: () => gate.run(() => file.size()),
    read: (into, position) => gate.run(() => file.read(into, position)),
    write: (bytes, position) => gate.run(() => file.write(bytes, position)),
    isAt: (path) => gate.run(() => file.isAt(path)),
    sync: () => gate.run(() => file.sync()),
    truncate: (size) => gate.run(() => file.truncate(size)),
    close: () => gate.run(() => file.close()),
  };
}
