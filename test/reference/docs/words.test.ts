import { describe, expect, it } from 'vitest';
import { dispatch } from '../../../agent/cli/dispatch.ts';
import type { CliProcess } from '../../../agent/cli/io.ts';
import { FAULTS } from '../../../drivers/contract/faults.ts';
import { entriesOf } from '../../../scripts/packaging/commands.ts';
import { HELD } from './pages.ts';
import { helpSentences, sentencesOf, splitSentences, wordsOf } from './prose.ts';
import { CLAUSE_AS_SUBJECT, FORBIDDEN, ONE_WORD } from './vocabulary.ts';

const LONGEST = 25;

/** The faults of a sentence, by the rule of the house; none where it is good. */
function wrongWith(sentence: string): readonly string[] {
  const count = wordsOf(sentence);
  return [
    ...(count > LONGEST ? [`${count} words`] : []),
    ...FORBIDDEN.flatMap(([word, instead]) => (word.test(sentence) ? [`${word}: ${instead}`] : [])),
    ...Object.entries(ONE_WORD).flatMap(([word, other]) => (other.test(sentence) ? [`${other}: say ${word}`] : [])),
    ...(CLAUSE_AS_SUBJECT.test(sentence) ? ['a clause is the subject'] : []),
  ];
}

function wrongIn(sentences: readonly { readonly text: string; readonly line?: number }[]): readonly string[] {
  return sentences.flatMap(({ text, line }) => wrongWith(text).map((why) => `${line ?? ''} ${why}: ${text}`.trim()));
}

async function helpOf(...args: string[]): Promise<string> {
  const said: string[] = [];
  const io = { out: (line: string) => said.push(line), err: () => {}, environment: {}, isTerminal: false };
  await dispatch([...args, '--help'], io as unknown as CliProcess);
  return said.join('\n');
}

const commands = entriesOf(await helpOf()).map(([name]) => [name]);

describe('the words of the house', () => {
  it.each(HELD)('%s keeps to them', (page, text) => {
    const sentences = sentencesOf(text);
    expect(sentences.length, page).toBeGreaterThan(3);
    expect(wrongIn(sentences)).toEqual([]);
  });

  it('are those of every fault, in its message and its advice', () => {
    const texts = Object.values(FAULTS).flatMap(({ message, advice }) => [message, advice]);
    expect(texts.length).toBeGreaterThan(300);
    const sentences = texts.flatMap((text) => splitSentences(text.replace(/`[^`]*`/g, 'CODE')));
    expect(wrongIn(sentences.map((text) => ({ text })))).toEqual([]);
  });

  it.each([[], ...commands])('are those of the help of %s', async (...name) => {
    expect(wrongIn(helpSentences(await helpOf(...name)).map((text) => ({ text })))).toEqual([]);
  });
});

describe('a sentence', () => {
  it('ends at a full stop and not at a colon, an abbreviation or a number', () => {
    const page =
      '# A title\n\nOne is 1.5 m long: no. `a.b c` is\none word [here](x.md)!\n\n- An entry\n  goes on.\n\n| a | b c |\n|---|---|\n| d. E f | g |\n\n```sh\nnot. this\n```\n';
    expect(sentencesOf(page)).toEqual([
      { text: 'A title', line: 1 },
      { text: 'One is 1.5 m long: no.', line: 3 },
      { text: 'CODE is one word here!', line: 3 },
      { text: 'An entry goes on.', line: 6 },
      { text: 'a', line: 9 },
      { text: 'b c', line: 9 },
      { text: 'd.', line: 11 },
      { text: 'E f', line: 11 },
      { text: 'g', line: 11 },
    ]);
    expect(wordsOf('A word — and `3`, «x».')).toBe(5);
  });

  it('is found out when it is too long, has another word for the same, or begins with a clause', () => {
    expect(wrongWith(`${'word '.repeat(25)}end.`)).toEqual(['26 words']);
    expect(wrongWith('Each slave is asked.')).toHaveLength(1);
    expect(wrongWith('What is bad is told.')).toEqual(['a clause is the subject']);
    expect(wrongWith('What is bad?')).toEqual([]);
    expect(wrongWith('Ask whoever has it.')).toHaveLength(1);
  });
});
