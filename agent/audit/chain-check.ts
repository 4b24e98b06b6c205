import { fileName } from './files.ts';
import { type ChainLink, type JournalLine, readJournalLine, START } from './line.ts';
import { type AuditFinding, Findings, NOTES, type NoteKind, type ProblemKind } from './problems.ts';
import type { FileLine } from './read-lines.ts';

const LISTED = 100;

/** The state that the next line has to have. */
interface Expected {
  readonly n: number;
  /** The hash that it names as the one before; undefined after a line whose hash is not known. */
  readonly prev: string | undefined;
}

export interface Chain {
  /** Every line from the first that is there is as it was written, in its order. */
  readonly isWhole: boolean;
  readonly lines: number;
  /** Number of the first line; the ones before it had to go for room. 0: there is none. */
  readonly first: number;
  readonly last: ChainLink;
  readonly problems: readonly AuditFinding<ProblemKind>[];
  /** Problems beyond those listed. */
  readonly omitted: number;
  /** Accidents that the journal itself tells of; no problems. */
  readonly notes: readonly AuditFinding<NoteKind>[];
}

/** Follows the chain line by line; after a problem it goes on with what the line claims, so that one is told once. */
export class ChainCheck {
  readonly #problems = new Findings<ProblemKind>(LISTED);
  readonly #notes = new Findings<NoteKind>(LISTED);
  readonly #head: string | undefined;
  #foundHead = false;
  #file = 0;
  #linesOfFile = 0;
  #lines = 0;
  #first = 0;
  #last: ChainLink = START;
  /** Undefined before the first line. */
  #expected: Expected | undefined;

  /** @param head a hash that has to come */
  constructor(head: string | undefined) {
    this.#head = head;
    this.#foundHead = head === undefined || head === START.hash;
  }

  problem(file: string, line: number, kind: ProblemKind): void {
    this.#problems.add(file, line, kind);
  }

  /** Files come in the order of their numbers. */
  beginFile(number: number): void {
    if (this.#file > 0 && number > this.#file + 1) this.problem(fileName(this.#file + 1), 0, 'missing-file');
    this.#file = number;
    this.#linesOfFile = 0;
  }

  unreadable(): void {
    this.problem(fileName(this.#file), 0, 'unreadable');
  }

  line({ number, bytes, isWhole }: FileLine): void {
    this.#linesOfFile += 1;
    const line = bytes && readJournalLine(bytes);
    const told = bytes && line ? readMembers(bytes, line) : undefined;
    if (!isWhole) this.#found(number, 'torn');
    if (line === undefined || told === undefined) {
      if (isWhole) this.#found(number, 'malformed');
      if (this.#expected !== undefined) this.#expected = { n: this.#expected.n + 1, prev: undefined };
      return;
    }
    this.#follow(number, line);
    const isBeginning = told.event === 'journal' && told.code === 'begins' && told.file === fileName(this.#file);
    if ((number === 1) !== isBeginning) this.#found(number, 'beginning');
    if (told.event === 'journal' && isNote(told.code)) this.#notes.add(fileName(this.#file), number, told.code);
  }

  /** Nobody makes a file without its first line. */
  endFile(): void {
    if (this.#linesOfFile === 0) this.#found(0, 'beginning');
  }

  end(): Chain {
    if (!this.#foundHead) this.problem(this.#file === 0 ? '.' : fileName(this.#file), this.#linesOfFile, 'head');
    return {
      isWhole: this.#problems.list.length === 0,
      lines: this.#lines,
      first: this.#first,
      last: this.#last,
      problems: this.#problems.list,
      omitted: this.#problems.omitted,
      notes: this.#notes.list,
    };
  }

  #follow(number: number, line: JournalLine): void {
    const { n, hash, expected } = line;
    const isAltered = hash !== expected;
    if (isAltered) this.#found(number, 'altered');
    else this.#place(number, line);
    this.#lines += 1;
    if (this.#lines === 1) this.#first = n;
    if (!isAltered && hash === this.#head) this.#foundHead = true;
    this.#last = { n, hash };
    // the number and the hash of an altered line may be what was altered
    this.#expected = isAltered ? { n: (this.#expected?.n ?? n) + 1, prev: undefined } : { n: n + 1, prev: hash };
  }

  #place(number: number, { n, prev }: JournalLine): void {
    // of the first file nothing had to go
    const next = this.#expected ?? (this.#file === 1 ? { n: 1, prev: START.hash } : undefined);
    if (next === undefined) {
      if ((n === 1) !== (prev === START.hash)) this.#found(number, 'unchained');
    } else if (n > next.n) this.#found(number, 'gap');
    else if (n < next.n) this.#found(number, 'misplaced');
    else if (next.prev !== undefined && next.prev !== prev) this.#found(number, 'unchained');
  }

  #found(line: number, kind: ProblemKind): void {
    this.problem(fileName(this.#file), line, kind);
  }
}

interface Members {
  readonly event?: unknown;
  readonly code?: unknown;
  readonly file?: unknown;
}

/** The members of the line, if it is JSON and they say of its place the same as its ends: a name may come twice in JSON. */
function readMembers(bytes: Buffer, { n, prev, hash }: JournalLine): Members | undefined {
  try {
    const members = JSON.parse(bytes.toString('utf8'));
    return members.n === n && members.prev === prev && members.hash === hash ? members : undefined;
  } catch {
    return undefined;
  }
}

function isNote(code: unknown): code is NoteKind {
  return typeof code === 'string' && Object.hasOwn(NOTES, code);
}
