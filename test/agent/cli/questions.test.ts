import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Questions } from '../../../agent/cli/questions.ts';

function session(isTerminal = false) {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const modes: boolean[] = [];
  const held: boolean[] = [];
  const stop = new AbortController();
  const terminal = Object.assign(input, {
    isTTY: isTerminal,
    setRawMode: (on: boolean) => modes.push(on),
    ref: () => held.push(true),
    unref: () => held.push(false),
  });
  const questions = new Questions(() => terminal, output, stop.signal);
  const shown = () => String(output.read() ?? '');
  return { input, output, modes, held, stop, questions, shown };
}

describe('questions', () => {
  it('take one line each, also lines that were typed ahead, without spaces around', async () => {
    const { input, questions, shown } = session();
    input.write('  first \r\nsecond\nthi');
    expect(await questions.ask('a? ')).toBe('first');
    expect(await questions.ask('b? ')).toBe('second');
    const third = questions.ask('c? ');
    input.write('rd\n');
    expect(await third).toBe('third');
    expect(shown()).toBe('a? b? c? ');
  });

  it('hold the process up only while an answer is waited for', async () => {
    const { input, held, questions } = session();
    input.write('1\n2\n');
    await questions.ask('a? ');
    await questions.ask('b? ');
    expect(held).toEqual([true, false, true, false]);
  });

  it('are answered by nothing where the input ends, and where the process is told to stop', async () => {
    const ended = session();
    ended.input.end('half a line');
    expect(await ended.questions.ask('a? ')).toBeUndefined();
    expect(await ended.questions.ask('b? ')).toBeUndefined();
    const stopped = session();
    const answer = stopped.questions.ask('a? ');
    stopped.stop.abort();
    expect(await answer).toBeUndefined();
    expect(await stopped.questions.ask('b? ')).toBeUndefined();
  });

  it('take no line that is longer than a terminal’s', async () => {
    const { input, questions } = session();
    const answer = questions.ask('a? ');
    input.write('x'.repeat(5000));
    expect(await answer).toBeUndefined();
  });

  it('hide what is typed where they are told to, and give the terminal back as it was', async () => {
    const { input, modes, questions, shown } = session(true);
    const answer = questions.ask('password? ', true);
    input.write('secrex\u007ft\r');
    expect(await answer).toBe('secret');
    expect(modes).toEqual([true, false]);
    expect(shown()).toBe('password? \n');
    const left = questions.ask('again? ', true);
    input.write('se\u0003');
    expect(await left).toBeUndefined();
    expect(modes).toEqual([true, false, true, false]);
  });

  it('hide before the question can be read, so that no answer is too quick', async () => {
    const { input, modes, output, questions } = session(true);
    const seen: boolean[][] = [];
    output.on('data', () => seen.push([...modes]));
    const answer = questions.ask('password? ', true);
    await expect.poll(() => seen).toEqual([[true]]);
    input.write('secret\r');
    expect(await answer).toBe('secret');
  });
});
