import { expect, it } from 'vitest';
import { read } from '../../../../agent/cli/registers/read.ts';
import { blockJson, blockText } from '../../../../agent/cli/registers/register-table.ts';
import { assignmentOf, blockOf, typesOf } from '../../../../agent/cli/registers/register-words.ts';
import { write } from '../../../../agent/cli/registers/write.ts';
import { hex } from '../../../support/transcript.ts';
import { cliProcess } from '../cli-process.ts';

it.each([
  ['holding:0..9', { register: 'holding', address: 0, count: 10 }],
  ['input:30', { register: 'input', address: 30, count: 1 }],
  ['coil:65535', { register: 'coil', address: 65_535, count: 1 }],
  ['holding:0..65535', undefined],
  ['holding:9..0', undefined],
  ['holding:65536', undefined],
  ['holding:-1', undefined],
  ['register:1', undefined],
  ['constructor:1', undefined],
  ['holding:1=2', undefined],
])('%j names registers: %j', (word, block) => {
  expect(blockOf(word)).toEqual(block);
});

it('takes values for what can be written', () => {
  expect(assignmentOf('holding:5=230.5')).toEqual({ register: 'holding', address: 5, value: 230.5 });
  expect(assignmentOf('coil:3=true')).toEqual({ register: 'coil', address: 3, value: true });
  for (const wrong of ['input:5=1', 'coil:3=1', 'holding:5=true', 'holding:5..6=1', 'holding:5', 'holding:5='])
    expect(assignmentOf(wrong)?.value ?? undefined).not.toBeTypeOf('number');
});

it('takes types of numbers alone', () => {
  expect(typesOf('float32,uint16,float32')).toEqual(['float32', 'uint16']);
  for (const wrong of ['float', 'string', 'bool', '', 'float32,', '__proto__']) expect(typesOf(wrong)).toBeUndefined();
});

const orders = { wordOrder: 'big', byteOrder: 'big' } as const;
const block = { register: 'holding', address: 4, count: 3, data: hex('43 66 33 33 FF FF') } as const;

it('shows types side by side, and no value that the block does not hold whole', () => {
  const text = blockText(block, { types: ['float32', 'int16'], orders, guess: false });
  expect(text.split('\n').map((line) => line.trim().split(/ {2,}/))).toEqual(
    [
      ['float32', 'int16'],
      ['holding:4', '43 66', '230.2', '17254'],
      ['holding:5', '33 33', '4.17483e-8', '13107'],
      ['holding:6', 'FF FF', '-1'],
    ].map((row, at) => (at === 2 ? [row[0], row[1], expect.any(String), row[3]] : row)),
  );
  expect(blockJson(block, { types: ['float32'], orders, guess: false })).toMatchObject({
    ...{ register: 'holding', address: 4, count: 3, registers: '43 66 33 33 FF FF' },
    values: { float32: [expect.closeTo(230.2, 3)] },
  });
});

it('guesses: every type in every order', () => {
  const text = blockText(block, { types: [], orders, guess: true });
  expect(text).toMatch(/^float32 {2,}230\.2/m);
  expect(text).toMatch(/^float32, wordOrder: little/m);
  expect(text).toMatch(/^uint16, byteOrder: little/m);
});

it('says what is wrong with its arguments, and opens nothing', async () => {
  for (const args of [
    ['/dev/ttyUSB0', '1'],
    ['/dev/ttyUSB0', '256', 'holding:0'],
    ['ttyUSB0', '1', 'holding:0'],
    ['/dev/ttyUSB0', '1', 'holding:0..1999', 'holding:0'],
    ['/dev/ttyUSB0', '1', 'holding:0', '--type', 'secret'],
    ['/dev/ttyUSB0', '1', 'holding:0', '--driver', 'modbus-tcp'],
  ]) {
    const io = cliProcess();
    expect(await read(args, io)).toBe(64);
    expect(io.told.join('\n')).not.toContain('secret');
  }
});

it('shows the bytes of a write, and sends nothing without a yes', async () => {
  const io = cliProcess();
  expect(await write(['/dev/none', '1', 'holding:5=230.5', '--type', 'float32'], io)).toBe(65);
  expect(io.told[0]).toMatch(/^>> 01 10 00 05 00 02 04 43 66 80 00 [0-9A-F]{2} [0-9A-F]{2}$/);
  expect(io.told.at(-1)).toBe('Nothing was sent.');
  const asked: string[] = [];
  const no = { ...cliProcess(), confirm: async (question: string) => asked.push(question) < 0 };
  expect(await write(['/dev/none', '1', 'coil:3=true'], no)).toBe(65);
  expect(asked).toEqual(['Send to unit 1? [y/N] ']);
  const wide = cliProcess();
  expect(await write(['/dev/none', '1', 'holding:5=70000', '--yes'], wide)).toBe(64);
});
