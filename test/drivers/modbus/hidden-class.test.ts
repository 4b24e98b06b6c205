import { expect, it } from 'vitest';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { questionOf } from '../../../drivers/modbus/answer.ts';
import type { Request } from '../../../drivers/modbus/request.ts';
import { seal } from '../../../drivers/modbus/rtu/frame.ts';
import { pieceAt } from '../../../drivers/modbus/rtu/piece.ts';
import { rtuCourier } from '../../../drivers/modbus/rtu/wire.ts';
import { lineTiming } from '../../../drivers/port/line.ts';
import { haveOneHiddenClass } from '../../support/hidden-class.ts';

/*
 * V8 makes a hidden class for each object that is spread out of another and gets a further key. That costs a
 * microsecond and memory, and all code that looks at such objects is slower from then on.
 */

const REQUEST: Request = { function: 3, address: 0, count: 1 };
const LINE = lineTiming({ baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1 });

it('a hidden class of its own is seen', () => {
  const before = { kind: 'answer' };
  expect(haveOneHiddenClass((count) => ({ ...before, count }))).toBe(false);
  expect(haveOneHiddenClass((count) => ({ kind: 'answer', count }))).toBe(true);
});

it('the answers that a line finds share one', () => {
  const answer = seal(1, Uint8Array.of(3, 2, 0x12, 0x34));
  const question = { ...questionOf(REQUEST), unit: 1, request: seal(1, Uint8Array.of(3, 0, 0, 0, 1)) };
  expect(pieceAt(answer, 0, false, question)).toMatchObject({ kind: 'answer', length: answer.length });
  expect(haveOneHiddenClass(() => pieceAt(answer, 0, false, question))).toBe(true);
});

it('the exchanges of all devices share one', () => {
  const exchangeOf = (count: number) =>
    rtuCourier({ unit: count + 1, timeoutMs: milliseconds(500), lateMs: milliseconds(0) }, LINE).exchange(
      REQUEST,
      0,
      0,
    );
  expect(haveOneHiddenClass(exchangeOf)).toBe(true);
});
