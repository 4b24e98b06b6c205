import type { Readable, Writable } from 'node:stream';

/** Standard input; a terminal can be told not to show what is typed. */
export type Input = Readable & {
  readonly isTTY?: boolean;
  setRawMode?(on: boolean): unknown;
  ref?(): unknown;
  unref?(): unknown;
};

/** Nobody types a longer line, and a terminal takes none. */
const LONGEST_LINE = 4096;
const [CTRL_C, CTRL_D, BACKSPACE, DELETE] = ['\u0003', '\u0004', '\b', '\u007f'];

/** Questions to a person, one line each. Lines that were typed ahead are the answers to the questions that follow. */
export class Questions {
  readonly #open: () => Input;
  readonly #output: Writable;
  readonly #signal: AbortSignal;
  #typed = '';
  #hasEnded = false;

  /** @param open standard input, first touched by the first question: a process that asks nothing must not hold it */
  constructor(open: () => Input, output: Writable, signal: AbortSignal) {
    this.#open = open;
    this.#output = output;
    this.#signal = signal;
  }

  /**
   * @param hidden what is typed is not shown, where the input is a terminal
   * @returns the line without spaces around it; undefined: the input ended, the line was too long, or the process is told to stop
   */
  async ask(question: string, hidden = false): Promise<string | undefined> {
    const input = this.#open();
    // between two questions it holds the process up no longer
    input.ref?.();
    const isRaw = hidden && input.isTTY === true && input.setRawMode !== undefined;
    // before the question is seen: the answer may come at once
    if (isRaw) input.setRawMode?.(true);
    this.#output.write(question);
    try {
      return (await this.#line(input, isRaw))?.trim();
    } finally {
      if (isRaw) {
        input.setRawMode?.(false);
        this.#output.write('\n');
      }
      input.pause();
      input.unref?.();
    }
  }

  #line(input: Input, isRaw: boolean): Promise<string | undefined> {
    return new Promise((resolve) => {
      const settle = (line: string | undefined): void => {
        input.off('data', take).off('end', end).off('error', end);
        this.#signal.removeEventListener('abort', stop);
        resolve(line);
      };
      const stop = (): void => settle(undefined);
      const end = (): void => {
        this.#hasEnded = true;
        stop();
      };
      const next = (): boolean => {
        const [, line, rest] = /^([^\r\n]*)(?:\r\n|\r|\n)([\s\S]*)$/.exec(this.#typed) ?? [];
        if (line !== undefined && rest !== undefined) {
          this.#typed = rest;
          settle(isRaw ? edited(line) : line);
        } else if (isRaw && (this.#typed.includes(CTRL_C) || this.#typed.includes(CTRL_D))) {
          this.#typed = '';
          end();
        } else if (this.#typed.length > LONGEST_LINE) {
          this.#typed = '';
          stop();
        } else return false;
        return true;
      };
      const take = (chunk: Buffer | string): void => {
        this.#typed += String(chunk);
        next();
      };
      if (next()) return;
      if (this.#hasEnded || this.#signal.aborted) return stop();
      this.#signal.addEventListener('abort', stop, { once: true });
      input.on('data', take).on('end', end).on('error', end);
      input.resume();
    });
  }
}

/** A raw terminal gives every key as it is: one that takes a character back takes it back here. */
function edited(line: string): string {
  const kept: string[] = [];
  for (const character of line) {
    if (character === BACKSPACE || character === DELETE) kept.pop();
    else kept.push(character);
  }
  return kept.join('');
}
