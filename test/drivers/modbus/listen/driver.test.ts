import { expect, it } from 'vitest';
import type { Decoded, StreamDevice } from '../../../../drivers/contract/driver.ts';
import type { Memory } from '../../../../drivers/contract/memory.ts';
import { dataPdu, exceptionPdu } from '../../../../drivers/modbus/answer.ts';
import { driver } from '../../../../drivers/modbus/listen/driver.ts';
import { type Request, requestPdu } from '../../../../drivers/modbus/request.ts';
import { seal } from '../../../../drivers/modbus/rtu/frame.ts';
import { UNKNOWN_LINE } from '../../../../drivers/port/line.ts';
import { createDevice } from '../../../../drivers/registry/loader.ts';

const POINTS = [
  { name: 'voltage', register: 'holding', address: 2, type: 'float32', unit: 'V', writable: true },
  { name: 'relay', register: 'coil', address: 5, type: 'bool' },
  { name: 'power', register: 'input', address: 0, type: 'uint16', scaleFrom: 'factor' },
  { name: 'factor', register: 'input', address: 1, type: 'int16' },
];

function listener() {
  const device = createDevice(driver, { options: { unit: 4 }, points: POINTS, line: UNKNOWN_LINE }) as StreamDevice;
  const framer = device.framer();
  let memory: Memory | undefined;
  return {
    device,
    framer,
    hear(...frames: readonly Uint8Array[]): readonly unknown[] {
      const told: unknown[] = [];
      framer.push(Buffer.concat(frames), (frame) => {
        const decoded: Decoded = device.decode(frame, memory);
        if (decoded.memory !== undefined) memory = decoded.memory;
        if ('fault' in decoded) told.push(decoded.fault.code);
        else if (decoded.samples.length > 0)
          told.push(Object.fromEntries(decoded.samples.map(({ point, value }) => [point, value])));
      });
      return told;
    },
  };
}

const read = (unit: number, address: number, count: number, code: 1 | 3 | 4 = 3): Request & { unit: number } => ({
  unit,
  function: code,
  address,
  count,
});
const ask = ({ unit, ...request }: Request & { unit: number }) => seal(unit, requestPdu(request as Request));
const answer = (request: Request & { unit: number }, data: readonly number[]) =>
  seal(request.unit, dataPdu(request, Uint8Array.from(data)));

it('gives the points that another master reads, wherever they lie in its answer', () => {
  const { hear } = listener();
  const wide = read(4, 0, 6);
  expect(hear(ask(wide), answer(wide, [0, 1, 0, 2, 0x43, 0x66, 0x80, 0, 0, 9, 0, 9]))).toEqual([{ voltage: 230.5 }]);
  const coils = read(4, 0, 8, 1);
  expect(hear(ask(coils), answer(coils, [0b0010_0000]))).toEqual([{ relay: true }]);
});

it('gives a scaled point only with its factor in the same answer', () => {
  const { hear } = listener();
  const [both, one] = [read(4, 0, 2, 4), read(4, 0, 1, 4)];
  expect(hear(ask(both), answer(both, [0, 25, 0, 2]))).toEqual([{ power: 2500, factor: 2 }]);
  expect(hear(ask(one), answer(one, [0, 25]))).toEqual([]);
});

it('takes nothing of other units, other registers, refusals, parts, and answers without their request', () => {
  const { hear } = listener();
  const [ours, theirs, part, input] = [read(4, 2, 2), read(5, 2, 2), read(4, 3, 2), read(4, 2, 2, 4)];
  const value = [0x43, 0x66, 0x80, 0];
  expect(hear(answer(ours, value))).toEqual([]);
  expect(hear(ask(theirs), answer(theirs, value))).toEqual([]);
  expect(hear(ask(part), answer(part, value))).toEqual([]);
  expect(hear(ask(input), answer(input, value))).toEqual([]);
  expect(hear(ask(ours), seal(4, exceptionPdu(3, 2)))).toEqual([]);
  expect(hear(ask(ours), ask(theirs), answer(ours, value))).toEqual([]);
  expect(hear(ask(ours), answer(ours, value))).toEqual([{ voltage: 230.5 }]);
});

it('tells a damaged answer of its unit, and counts noise', () => {
  const { hear, framer } = listener();
  const [ours, theirs] = [read(4, 2, 2), read(5, 2, 2)];
  const broken = (request: typeof ours) => {
    const frame = answer(request, [0x43, 0x66, 0x80, 0]);
    frame[4] = 0;
    return frame;
  };
  expect(hear(ask(ours), broken(ours), ask(theirs), broken(theirs), ask(ours))).toEqual(['modbus/checksum']);
  hear(Uint8Array.of(0xff, 0xff, 0xff), ask(ours));
  expect(framer.skipped).toBeGreaterThan(0);
});

it('has no point that can be written, and no two of one name', () => {
  expect(listener().device.points.every(({ writable }) => !writable)).toBe(true);
  const twice = { options: { unit: 4 }, points: [POINTS[1], POINTS[1]], line: UNKNOWN_LINE };
  expect(() => createDevice(driver, twice)).toThrow();
});
