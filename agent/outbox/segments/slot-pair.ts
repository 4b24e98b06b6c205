import { join } from 'node:path';
import { Fault } from '../../../drivers/contract/fault.ts';
import { type Disk, readFully, withFile, writeFully } from '../../files/disk.ts';
import { isCode } from '../../files/errno.ts';
import type { FlashPages } from './flash-pages.ts';
import { CURSOR_SLOT, newestSlot, type Parsed, PLACES_SLOT } from './format.ts';

/** Two small files that are written by turns, so that a torn one leaves the other. */
export class SlotPair {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #names: readonly [string, string];
  readonly #size: number;
  /** Of the one that was written last. */
  generation = 0;

  constructor(disk: Disk, folder: string, names: readonly [string, string], size: number) {
    this.#disk = disk;
    this.#folder = folder;
    this.#names = names;
    this.#size = size;
  }

  /** Writes and syncs, where the file is a new one its folder too. */
  async write(encode: (generation: number) => Buffer, pages: FlashPages): Promise<void> {
    const generation = this.generation + 1;
    const path = join(this.#folder, this.#names[generation % 2 === 0 ? 0 : 1]);
    const isNew = await withFile(this.#disk, path, 'write', async (file) => {
      const size = await file.size();
      await writeFully(file, encode(generation), 0);
      await file.sync();
      return size !== this.#size;
    });
    this.generation = generation;
    pages.synced(0, this.#size);
    if (!isNew) return;
    await this.#disk.syncFolder(this.#folder);
    pages.folderSynced();
  }

  /**
   * The younger of the two; undefined where none can be read.
   * @throws Fault `outbox/format`: another version wrote it; the operating system's own errors
   */
  async read<T extends { readonly generation: number }>(parse: (bytes: Buffer) => Parsed<T>): Promise<T | undefined> {
    const slots: Parsed<T>[] = [];
    for (const name of this.#names) {
      try {
        const bytes = await withFile(this.#disk, join(this.#folder, name), 'read', async (file) => {
          return (await file.size()) === undefined ? Buffer.alloc(0) : readFully(file, this.#size, 0);
        });
        slots.push(parse(bytes));
      } catch (error) {
        if (!['ENOENT', 'ELOOP', 'EIO', 'ENXIO'].some((code) => isCode(error, code))) throw error;
        slots.push('damaged');
      }
    }
    if (slots.includes('other')) throw new Fault('outbox/format');
    return newestSlot(slots);
  }
}

export function cursorSlots(disk: Disk, folder: string): SlotPair {
  return new SlotPair(disk, folder, ['cursor-a', 'cursor-b'], CURSOR_SLOT);
}

export function placeSlots(disk: Disk, folder: string): SlotPair {
  return new SlotPair(disk, folder, ['readers-a', 'readers-b'], PLACES_SLOT);
}
