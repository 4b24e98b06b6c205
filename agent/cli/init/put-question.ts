import type { CliProcess } from '../io.ts';

export type AskPerson = NonNullable<CliProcess['ask']>;

/** A person who answers wrongly more often has to start again. */
const MOST_TRIES = 5;

/** Asks until the answer is right, some times; empty takes what is usual. */
export type PutQuestion = (
  question: string,
  problem: (answer: string) => string | undefined,
  usual?: string,
  hidden?: boolean,
) => Promise<string | undefined>;

/** Asks the person; the fault of an answer is told before the question is put again. */
export function answerer(ask: AskPerson, io: CliProcess): PutQuestion {
  return async (question, problem, usual, hidden = false) => {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const typed = await ask(question, hidden);
      if (typed === undefined) return undefined;
      const answer = typed === '' && usual !== undefined ? usual : typed;
      const wrong = problem(answer);
      if (wrong === undefined) return answer;
      io.err(`  ${wrong}`);
    }
    return undefined;
  };
}
