import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readCapture } from '../../../../agent/capture/read.ts';
import { pauseOf, ReplayDevice } from '../../../../agent/cli/replay/replay-device.ts';
import { hex } from '../../../support/transcript.ts';

function deviceOf(text: string): ReplayDevice {
  const read = readCapture(Buffer.from(text));
  if (!read.ok) throw new Error(read.why);
  return new ReplayDevice(read.capture);
}

const answers = (device: ReplayDevice, text: string) =>
  device.take(hex(text)).map((portions) => portions.map(({ bytes }) => Buffer.from(bytes).toString('hex')).join('|'));

it('gives the same answer to the same request, several in their order, and none to any other', () => {
  const device = deviceOf('>> 01 03 @0\n<< 0A @0.02\n<< 0B @0.04\n>> 01 04 @1\n>> 01 03 @2\n<< 0C @2.1\n');
  expect(device.size).toBe(2);
  expect(answers(device, '01 03')).toEqual(['0a|0b']);
  expect(answers(device, '01 04')).toEqual(['']);
  expect(answers(device, '01 03')).toEqual(['0c']);
  expect(answers(device, '01 03')).toEqual(['0a|0b']);
  expect(answers(device, '02 03')).toEqual([]);
  expect(device.counts).toEqual({ requests: 4, answered: 3, unknownBytes: 2 });
});

it('finds a request behind noise, in portions, and two in one', () => {
  const device = deviceOf('>> 01 03\n<< 0A\n');
  expect(answers(device, 'FF 01')).toEqual([]);
  expect(answers(device, '01')).toEqual([]);
  expect(answers(device, '03')).toEqual(['0a']);
  expect(answers(device, '01 03 01 03')).toEqual(['0a', '0a']);
  expect(answers(device, '01')).toEqual([]);
  device.idle();
  expect(answers(device, '03')).toEqual([]);
});

it('keeps the times of portions within bounds', () => {
  const device = deviceOf('>> 01 @10\n<< 02 @10.02\n<< 03 @9999\n');
  const [portions = []] = device.take(Uint8Array.of(1));
  expect(portions.map(({ after }) => Math.round(after))).toEqual([20, 9_989_000]);
  expect(pauseOf(portions[1] ?? { after: 0, bytes: hex('') }, 20)).toBe(30_000);
});

it('does not answer with what stands around a loss', () => {
  const device = deviceOf('>> 01\n<< 0A\n-- lost 5 bytes\n<< 0B\n>> 02\n<< 0C\n');
  expect(answers(device, '01')).toEqual([]);
  expect(answers(device, '02')).toEqual(['0c']);
});

it('has what came by itself', () => {
  expect(deviceOf('<< 0A @1\n<< 0B @2\n').unasked.map(({ after }) => after)).toEqual([1000, 2000]);
});

it('never throws and holds little, whatever comes', () => {
  const device = deviceOf('>> 01 01 01 02\n<< 0A\n');
  fc.assert(fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => void device.take(bytes)));
});
