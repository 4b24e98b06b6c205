import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { trace } from '../../../../agent/cli/trace/trace.ts';
import { newFolder } from '../../../support/folder.ts';
import { cliProcess } from '../cli-process.ts';

it('makes a pcap file of a capture, for its owner alone, and counts', async () => {
  const folder = await newFolder();
  const [from, pcap] = [join(folder, 'line.capture'), join(folder, 'line.pcap')];
  await writeFile(from, '>> 01 03 @1\n-- lost 7 bytes @2\n');
  const io = cliProcess();
  expect(await trace(['--from', from, '--pcap', pcap, '--json'], io)).toBe(0);
  expect(JSON.parse(io.printed.join(''))).toEqual({ records: 2, bytes: 2, lost: 7 });
  expect((await readFile(pcap)).readUInt32BE(20)).toBe(250);
  expect((await stat(pcap)).mode & 0o777).toBe(0o600);
});

it('names the line of a file that is no capture, and quotes nothing of it', async () => {
  const folder = await newFolder();
  const from = join(folder, 'secret');
  await writeFile(from, '>> 01\nroot:x:0:0\n');
  const io = cliProcess();
  expect(await trace(['--from', from, '--pcap', join(folder, 'out')], io)).toBe(64);
  expect(io.told.join('\n')).toContain('line 2');
  expect(io.told.join('\n')).not.toContain('root');
});

it('says what is wrong with its files', async () => {
  const folder = await newFolder();
  const from = join(folder, 'good');
  await writeFile(from, '>> 01\n');
  await mkdir(join(folder, 'folder'));
  for (const [args, code, words] of [
    [['--from', join(folder, 'none'), '--pcap', join(folder, 'out')], 64, 'there is no such file'],
    [['--from', folder, '--pcap', join(folder, 'out')], 64, 'no regular file'],
    [['--from', from, '--pcap', join(folder, 'folder')], 74, 'it is a folder'],
    [['--from', from], 64, '--from FILE goes with --pcap FILE'],
  ] as const) {
    const io = cliProcess();
    expect(await trace(args, io)).toBe(code);
    expect(io.told.join('\n')).toContain(words);
  }
});
