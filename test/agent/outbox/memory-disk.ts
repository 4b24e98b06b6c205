import { basename, dirname } from 'node:path';
import type { Disk, DiskFile, OpenHow } from '../../../agent/files/disk.ts';
import type { Holder } from '../../../agent/files/lock.ts';

export function refusal(code: string): Error {
  return Object.assign(new Error(code), { code });
}

interface Content {
  data: Buffer;
  /** The bytes that a power cut leaves. */
  synced: Buffer;
}

/** A disk that does as it is told: refuses, takes half, hangs, or is cut off at any call. */
export class MemoryDisk implements Disk {
  readonly files = new Map<string, Content>();
  readonly folders: Set<string>;
  /** Calls so far, and bytes that were written. */
  calls = 0;
  writes = 0;
  /** Throws or returns before a call is done; gets the call's number and name. */
  before: (call: number, name: string) => Promise<void> | void = () => {};
  /** Called when a call is done. */
  after: () => void = () => {};
  /** Bytes that fit on it. */
  capacity = Number.POSITIVE_INFINITY;

  constructor(parent = '/state') {
    this.folders = new Set([parent]);
  }

  get bytes(): number {
    return [...this.files.values()].reduce((sum, { data }) => sum + data.length, 0);
  }

  /** The power is cut: bytes that were not synced are gone. */
  cut(): MemoryDisk {
    const left = new MemoryDisk();
    for (const folder of this.folders) left.folders.add(folder);
    for (const [path, { synced }] of this.files) left.files.set(path, { data: synced, synced });
    return left;
  }

  /** The process is killed: the system still has what was written. */
  kill(): MemoryDisk {
    const left = this.cut();
    for (const [path, { data }] of this.files) left.files.set(path, { data, synced: data });
    return left;
  }

  async open(path: string, how: OpenHow): Promise<DiskFile> {
    return this.#call(`open-${how}`, () => {
      const found = this.files.get(path);
      if (how === 'make' && found) throw refusal('EEXIST');
      if (!found && how === 'read') throw refusal('ENOENT');
      if (!this.folders.has(dirname(path))) throw refusal('ENOENT');
      const content = found ?? { data: Buffer.alloc(0), synced: Buffer.alloc(0) };
      this.files.set(path, content);
      return this.#file(content);
    });
  }

  async mkdir(path: string): Promise<void> {
    await this.#call('mkdir', () => {
      if (this.folders.has(path)) throw refusal('EEXIST');
      if (!this.folders.has(dirname(path))) throw refusal('ENOENT');
      this.folders.add(path);
    });
  }

  readdir(path: string): Promise<string[]> {
    return this.#call('readdir', () => {
      if (!this.folders.has(path)) throw refusal('ENOENT');
      return [...this.files.keys()].filter((each) => dirname(each) === path).map((each) => basename(each));
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.#call('rename', () => {
      const content = this.files.get(from);
      if (!content) throw refusal('ENOENT');
      this.files.delete(from);
      this.files.set(to, content);
    });
  }

  unlink(path: string): Promise<void> {
    return this.#call('unlink', () => {
      if (!this.files.delete(path)) throw refusal('ENOENT');
    });
  }

  syncFolder(path: string): Promise<void> {
    return this.#call('sync-folder', () => {
      if (!this.folders.has(path)) throw refusal('ENOENT');
    });
  }

  #file(content: Content): DiskFile {
    return {
      size: () => this.#call('size', () => content.data.length),
      read: (into, position) => this.#call('read', () => content.data.copy(into, 0, position)),
      write: (bytes, position) =>
        this.#call('write', () => {
          const length = Math.max(content.data.length, position + bytes.length);
          const room = this.capacity - this.bytes + content.data.length - position;
          const taken = Math.min(bytes.length, Math.max(0, room));
          if (taken === 0) throw refusal('ENOSPC');
          const data = Buffer.alloc(Math.min(length, Math.max(content.data.length, position + taken)));
          content.data.copy(data);
          bytes.copy(data, position, 0, taken);
          content.data = data;
          this.writes += 1;
          return taken;
        }),
      isAt: (path) => this.#call('is-at', () => this.files.get(path) === content),
      sync: () =>
        this.#call('sync', () => {
          content.synced = Buffer.from(content.data);
        }),
      truncate: (size) =>
        this.#call('truncate', () => {
          content.data = Buffer.from(content.data.subarray(0, size));
        }),
      close: async () => undefined,
    };
  }

  async #call<T>(name: string, work: () => T): Promise<T> {
    this.calls += 1;
    await this.before(this.calls, name);
    try {
      return work();
    } finally {
      this.after();
    }
  }
}

let holders = 0;

/** A process that is gone as soon as a test says so. */
export function fakeHolder(alive: Set<string> = new Set()): Holder {
  holders += 1;
  const self = `holder ${holders}\n`;
  return { self: async () => self, isAlive: async (holder) => alive.has(holder) };
}
