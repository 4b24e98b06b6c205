import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { CliOutput, type WriteSome } from '../../../agent/cli/output.ts';

const failing = (code: string) =>
  new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error('/secret/path'), { code })) });

async function printed(stream: Writable, file?: WriteSome, code: 0 | 78 = 0) {
  const said: string[] = [];
  const ended = vi.fn();
  const output = new CliOutput(stream, file, ended);
  output.print('one');
  await new Promise(setImmediate);
  output.print('two');
  return { code: await output.end(code, (text) => said.push(text)), said, ended };
}

describe('the output of a command', () => {
  it('is written line by line, and the command ends as it says', async () => {
    const stream = new PassThrough();
    const { code, said, ended } = await printed(stream);
    expect(String(stream.read())).toBe('one\ntwo\n');
    expect({ code, said }).toEqual({ code: 0, said: [] });
    expect(ended).not.toHaveBeenCalled();
  });

  it.each([
    ['ENOSPC', 'no space is left'],
    ['EIO', 'the disk or the terminal failed'],
    ['EWHATEVER', 'the operating system refused it'],
    ['__proto__', 'the operating system refused it'],
  ])('ends with 74 and says why where it is not taken: %s', async (name, why) => {
    const { code, said, ended } = await printed(failing(name));
    expect({ code, said }).toEqual({ code: 74, said: [`fieldward: the output could not be written: ${why}`] });
    expect(ended).toHaveBeenCalledTimes(1);
  });

  it('keeps the code of a command that failed by itself', async () => {
    expect(await printed(failing('ENOSPC'), undefined, 78)).toMatchObject({ code: 78, said: [expect.any(String)] });
  });

  it('ends quietly where nobody reads any more', async () => {
    const { code, said, ended } = await printed(failing('EPIPE'));
    expect({ code, said }).toEqual({ code: 0, said: [] });
    expect(ended).toHaveBeenCalledTimes(1);
  });

  it('writes a file to its end, and does not take a short write for a whole one', async () => {
    const file: number[] = [];
    const slow: WriteSome = (bytes) => file.push(bytes[0] ?? 0) && 1;
    expect(await printed(new PassThrough(), slow)).toMatchObject({ code: 0, said: [] });
    expect(Buffer.from(file).toString()).toBe('one\ntwo\n');
    let room = 3;
    const full: WriteSome = (bytes) => {
      if (room === 0) throw Object.assign(new Error('/secret/path'), { code: 'ENOSPC' });
      const taken = Math.min(room, bytes.length);
      room -= taken;
      return taken;
    };
    expect(await printed(new PassThrough(), full)).toMatchObject({
      code: 74,
      said: [expect.stringMatching(/no space/)],
    });
  });
});
