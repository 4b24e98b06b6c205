import { join } from 'node:path';
import { isCode } from './errno.ts';
import { replaceFile } from './replace-file.ts';
import { readStateFile } from './state-file.ts';

export type StoredData =
  | { readonly state: 'fresh' }
  /** There is a file, and it can't be read, or was written on another machine. */
  | { readonly state: 'damaged' | 'foreign' }
  /** Its content beside its own two members; nothing of it is checked. */
  | { readonly state: 'good'; readonly data: Readonly<Record<string, unknown>> };

/**
 * A small file of JSON that holds for one machine: one that came with the image of another says nothing of this one.
 */
export class MachineFile {
  readonly #directory: string;
  readonly #name: string;
  readonly #machine: string;
  readonly #longest: number;

  /** @param longest bytes; a longer one counts as damaged */
  constructor(directory: string, name: string, machine: string, longest: number) {
    this.#directory = directory;
    this.#name = name;
    this.#machine = machine;
    this.#longest = longest;
  }

  /** Never throws. */
  async read(): Promise<StoredData> {
    try {
      const content = await readStateFile(join(this.#directory, this.#name), this.#longest);
      return this.#parse(JSON.parse(content.toString('utf8')));
    } catch (error) {
      return { state: isCode(error, 'ENOENT') ? 'fresh' : 'damaged' };
    }
  }

  /** Whole or not at all. Rejects with what the operating system says. */
  async write(data: Readonly<Record<string, unknown>>): Promise<void> {
    const text = JSON.stringify({ version: 1, machine: this.#machine, ...data });
    await replaceFile(this.#directory, this.#name, `${text}\n`);
  }

  #parse(stored: unknown): StoredData {
    const data = (stored ?? {}) as Readonly<Record<string, unknown>>;
    if (data.version !== 1 || typeof data.machine !== 'string') return { state: 'damaged' };
    return data.machine === this.#machine ? { state: 'good', data } : { state: 'foreign' };
  }
}
