/** The faults that a journal can have. */
export const PROBLEMS = {
  altered: 'the line was altered: its hash is not that of its bytes',
  malformed: 'the line is none of this journal',
  unchained: 'the line does not follow the one before it',
  misplaced: 'the line comes again, or out of its order',
  gap: 'lines are missing before this one',
  torn: 'the line has no end; an agent that starts cuts it off, and says so in the journal',
  beginning: 'the file does not begin with the line that names it',
  'missing-file': 'the file is missing',
  unreadable: 'the file can not be read',
  empty: 'there is no journal',
  head: 'the journal does not hold the line of that head: its end was cut off, or it is another one',
} as const;

/** The notes of the journal about itself, in words. */
export const NOTES = {
  torn: 'half a line, as a power cut leaves it, was cut off before this one',
  broken: 'the journal was not as it had been left, and went on from here',
  missing: 'the file that was being written was gone, and the journal went on from here',
  lost: 'some entries found no room while the disk took none',
} as const;

export type ProblemKind = keyof typeof PROBLEMS;
export type NoteKind = keyof typeof NOTES;

export interface AuditFinding<Kind> {
  /** Name in the folder; the folder itself where none is meant. */
  readonly file: string;
  /** From 1; 0: the file as a whole. */
  readonly line: number;
  readonly kind: Kind;
}

/** Findings in a bounded number; more are counted only. */
export class Findings<Kind> {
  readonly #most: number;
  readonly #list: AuditFinding<Kind>[] = [];
  #omitted = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get list(): readonly AuditFinding<Kind>[] {
    return this.#list;
  }

  get omitted(): number {
    return this.#omitted;
  }

  add(file: string, line: number, kind: Kind): void {
    if (this.#list.length < this.#most) this.#list.push({ file, line, kind });
    else this.#omitted += 1;
  }
}
