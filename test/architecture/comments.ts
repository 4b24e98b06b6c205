import { splitSentences } from '../reference/docs/prose.ts';
import { CLAUSE_AS_SUBJECT } from '../reference/docs/vocabulary.ts';
import type { Rule } from './floors.ts';
import type { Comment } from './source.ts';

/** A line that begins a text of its own: an entry of a list, or a tag as `@throws`. */
const BEGINS = /^\s*(?:[-*]\s|\d+\.\s|@\w)/;

/** Directives of tools are no prose. */
const DIRECTIVE = /^(?:biome-ignore|@ts-|@vitest|#region)/;

/** Anywhere in a sentence. */
const PERSONS = /\b(?:whoever|whomever|those who)\b/i;

/** The sentences of a comment. A span of code is one word. */
function sentencesIn({ text }: Comment): readonly string[] {
  const parts: string[] = [''];
  for (const line of text.split('\n')) {
    if (line.trim() === '' || BEGINS.test(line)) parts.push('');
    parts[parts.length - 1] += ` ${line.trim()}`;
  }
  return parts.flatMap((part) => splitSentences(part.replace(/`[^`]*`/g, 'CODE').trim()));
}

/** The same of one thing among several; a page of tables may say so. */
const CLAUSE_OF_CHOICE = /^Which(?:ever)?\b.*[.]$/;

/** Whether the sentence, or the name that stands without a full stop, begins with a clause in the place of a noun. */
function beginsWithClause(sentence: string): boolean {
  const [first = '', ...rest] = sentence.replace(/^[^\p{L}@]+/u, '').replace(/([^.!?])$/, '$1.');
  const spoken = first.toUpperCase() + rest.join('');
  return CLAUSE_AS_SUBJECT.test(spoken) || CLAUSE_OF_CHOICE.test(spoken);
}

/** A comment says a thing by its noun: a reader of another language takes `What a poll gave.` for the beginning of a question. */
export const plainComments: Rule = (sources) =>
  sources.flatMap(({ path, comments }) =>
    comments
      .filter(({ text }) => !DIRECTIVE.test(text.trim()))
      .flatMap((comment) =>
        sentencesIn(comment)
          .filter((sentence) => beginsWithClause(sentence) || PERSONS.test(sentence))
          .map((sentence) => `${path}:${comment.line}: a clause in the place of a noun: ${sentence}`),
      ),
  );
