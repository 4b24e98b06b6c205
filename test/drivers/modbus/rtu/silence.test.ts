import { expect, test } from 'vitest';
import { silenceMs } from '../../../../drivers/modbus/rtu/silence.ts';
import { lineTiming, UNKNOWN_LINE } from '../../../../drivers/port/line.ts';

const at = (baudRate: number) => silenceMs(lineTiming({ baudRate, dataBits: 8, parity: 'even', stopBits: 1 }));

test('between two frames there are 3.5 characters of silence up to 19200 baud, and 1.75 ms above', () => {
  expect(at(9600)).toBeCloseTo(4.0104, 4);
  expect(at(19_200)).toBeCloseTo(2.0052, 4);
  expect(at(38_400)).toBe(1.75);
  expect(at(115_200)).toBe(1.75);
});

test('behind a serial server that is the server’s to keep', () => {
  expect(silenceMs(UNKNOWN_LINE)).toBe(0);
});
