import type { OutboxRecord } from '../outbox.ts';
import { ReadWindow } from './read-window.ts';

/** One follows the backlog, one what is live while the backlog is sent, one a device that the broker denies. */
const READERS = 3;
/** Lanes that wait for a window: more than there ever are. One that does not fit asks again. */
const MOST_WAITING = 64;

/** Something to be read for a window. */
export interface Load {
  readonly window: ReadWindow;
  /** How far its reader is. */
  readonly reader: number;
  readonly given: number;
}

/**
 * The windows, and which reader gets one. There may be more readers than windows, each at its own place. A window that
 * was given to a reader stays its own until the records that were read for it have been offered. A reader that comes
 * meanwhile waits for the next one that is free: first come, first served. So every reader comes on, however many there
 * are.
 */
export class ReadWindows {
  readonly #windows = Array.from({ length: READERS }, () => new ReadWindow());
  /** Windows that are to be filled, each with its load. */
  readonly #wanted = new Map<ReadWindow, Load>();
  /** Given to a reader who has not been offered anything yet. */
  readonly #promised = new Set<ReadWindow>();
  readonly #loaded = new Set<ReadWindow>();
  /** Where the readers are that wait for a window. */
  readonly #waiting = new Set<number>();
  #questions = 0;

  get all(): readonly ReadWindow[] {
    return this.#windows;
  }

  /** The next load to be read. */
  get nextWanted(): Load | undefined {
    const { value } = this.#wanted.values().next();
    return value;
  }

  /** The records at hand behind `from`; asks for the rest, up to the number `last`. */
  peek(count: number, from: number, last: number): OutboxRecord[] {
    const window = this.#at(from);
    if (window === undefined) return [];
    this.#use(window);
    const records = window.after(from, count);
    if (window.through < last) this.#want(window, from);
    return records;
  }

  /** It has ended. @param isDone whether the window needs no more for now */
  loaded({ window, reader, given }: Load, isDone: boolean): void {
    // meanwhile it was given to another, who has nothing of it yet
    if (window.given !== given) return;
    if (isDone) this.#wanted.delete(window);
    // a segment is read from its beginning: the reader's place may be some loads further on
    if (isDone || window.through > reader) this.#loaded.add(window);
  }

  /** The loaded records have been offered to their readers: the waiting ones get their turn. */
  offered(): void {
    for (const window of this.#loaded) this.#promised.delete(window);
    this.#loaded.clear();
    for (const from of this.#waiting) {
      const window = this.#find(from) === undefined ? this.#free() : undefined;
      if (window === undefined && this.#find(from) === undefined) return;
      this.#waiting.delete(from);
      if (window === undefined) continue;
      this.#give(window, from);
      this.#use(window);
      this.#want(window, from);
    }
  }

  /** Nothing that was read counts any more. */
  reset(from: number): void {
    this.#wanted.clear();
    this.#promised.clear();
    this.#loaded.clear();
    this.#waiting.clear();
    for (const window of this.#windows) window.restart(from);
  }

  forgetThrough(seq: number): void {
    for (const window of this.#windows) window.forgetThrough(seq);
    for (const from of this.#waiting) if (from < seq) this.#waiting.delete(from);
  }

  #at(from: number): ReadWindow | undefined {
    const fitting = this.#find(from);
    if (fitting !== undefined) return fitting;
    const window = this.#free();
    if (window === undefined) {
      if (this.#waiting.size < MOST_WAITING) this.#waiting.add(from);
      return undefined;
    }
    this.#give(window, from);
    return window;
  }

  /** The one that holds this place, and goes the furthest from there. */
  #find(from: number): ReadWindow | undefined {
    let found: ReadWindow | undefined;
    for (const window of this.#windows) {
      if (window.covers(from) && (found === undefined || window.through > found.through)) found = window;
    }
    return found;
  }

  /** The one that was asked the longest ago, of those that are promised to nobody. */
  #free(): ReadWindow | undefined {
    let found: ReadWindow | undefined;
    for (const window of this.#windows) {
      if (!this.#promised.has(window) && (found === undefined || window.used < found.used)) found = window;
    }
    return found;
  }

  #give(window: ReadWindow, from: number): void {
    this.#wanted.delete(window);
    window.restart(from);
    this.#promised.add(window);
  }

  #want(window: ReadWindow, reader: number): void {
    this.#wanted.set(window, { window, reader, given: window.given });
  }

  #use(window: ReadWindow): void {
    this.#questions += 1;
    window.used = this.#questions;
  }
}
