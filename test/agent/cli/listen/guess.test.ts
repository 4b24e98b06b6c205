import { expect, it } from 'vitest';
import { Guess } from '../../../../agent/cli/listen/guess.ts';
import { writeFrame } from '../../../../drivers/modbus/ascii/frame.ts';
import { seal } from '../../../../drivers/modbus/rtu/frame.ts';

function guessOf(...portions: readonly (string | Uint8Array)[]) {
  const guess = new Guess();
  for (const [at, each] of portions.entries()) guess.add(Buffer.from(each as string), at);
  return guess.talk()?.driver;
}

it('knows a protocol by what is hard to meet by chance', () => {
  expect(guessOf(seal(1, [3, 0, 0, 0, 1]), seal(1, [3, 2, 0, 5]))).toBe('modbus-rtu');
  expect(guessOf(writeFrame(1, Uint8Array.of(3, 0, 0, 0, 1)))).toBe('modbus-ascii');
  expect(guessOf('$GPGLL,,,,,,V,N*64\r\n')).toBe('nmea0183');
  expect(guessOf('\r\nPID\t0xA042\r\nV\t12800\r\n')).toBe('vedirect');
  expect(guessOf('/ISK5\\2M550T-1012\r\n\r\n1-3:0.2.8(50)\r\n')).toBe('dsmr-p1');
  expect(guessOf(Buffer.from('1b1b1b1b01010101', 'hex'))).toBe('sml');
  expect(guessOf(Buffer.from('684d4d68', 'hex'))).toBeUndefined();
});

it('takes text for lines only once it is long enough to be nothing else', () => {
  const line = 'weight 12.5 kg\r\n';
  expect(guessOf(line)).toBeUndefined();
  expect(guessOf(...Array.from({ length: 17 }, () => line))).toBe('lines');
});

it('keeps portions of its own, whatever becomes of the memory that they came in', () => {
  const guess = new Guess();
  const memory = Buffer.from(seal(1, [3, 0, 0, 0, 1]));
  guess.add(memory, 0);
  memory.fill(0);
  expect(guess.talk()?.driver).toBe('modbus-rtu');
});

it('keeps the newest bytes of a flood', () => {
  const guess = new Guess();
  for (let at = 0; at < 3000; at += 1) guess.add(new Uint8Array(100).fill(0xff), at);
  guess.add(seal(1, [3, 0, 0, 0, 1]), 3000);
  expect(guess.count).toBe(300_008);
  expect(guess.portions.length).toBeLessThanOrEqual(1024);
  expect(guess.talk()?.driver).toBe('modbus-rtu');
});
