import { expect, it } from 'vitest';
import { jsonPrinter, linePrinter } from '../../../../agent/cli/poll/printer.ts';
import { PollWatch } from '../../../../agent/cli/poll/watch.ts';
import { Fault } from '../../../../drivers/contract/fault.ts';
import type { Point } from '../../../../drivers/contract/reading.ts';

const number = (name: string, more: Partial<Point> = {}): Point => ({ name, type: 'number', writable: false, ...more });
const POINTS = [number('power', { unit: 'W', max: 9000 }), number('energy')];
const ADDRESS = 'meter-1: modbus-rtu, unit 7, at /dev/ttyUSB0, 9600 8N1';
const AT = Date.UTC(2026, 10, 23, 10, 15);
const refused = new Fault('modbus/illegal-address');
const silent = new Fault('device/silent');

function rig(isAsked = true) {
  const json: unknown[] = [];
  const out: string[] = [];
  const err: string[] = [];
  const verdicts: string[] = [];
  const io = { environment: {}, isTerminal: false };
  const machine = jsonPrinter({ ...io, out: (text) => json.push(JSON.parse(text)), err: () => undefined }, POINTS);
  const people = linePrinter({ ...io, out: (text) => out.push(text), err: (text) => err.push(text) }, POINTS, ADDRESS);
  const watch = new PollWatch({
    ...{ points: POINTS, isAsked, judged: (verdict) => verdicts.push(verdict) },
    show: (polled) => {
      machine.print(AT, polled);
      people.print(AT, polled);
    },
  });
  return { watch, json, out, err, verdicts };
}

const at = new Date(AT).toISOString();
const turn = () => Promise.resolve().then(() => undefined);

it('a poll that gives every point is good, and a value out of its range is marked', async () => {
  const { watch, json, out, err, verdicts } = rig();
  watch.samples('meter', [
    { point: 'power', value: 9001 },
    { point: 'energy', value: 7 },
  ]);
  watch.availability('meter', true);
  await turn();
  expect(verdicts).toEqual(['good']);
  expect(json).toEqual([{ at, values: { power: 9001, energy: 7 }, uncertain: ['power'] }]);
  expect(out).toEqual([at, '  power   9001 W  (uncertain: out of its range)', '  energy  7']);
  expect(err).toEqual([]);
});

it('a value that came without a checksum is marked', async () => {
  const { watch, json, out } = rig();
  watch.samples('meter', [{ point: 'energy', value: 7, doubtful: true }]);
  await turn();
  expect(json).toEqual([{ at, values: { energy: 7 }, uncertain: ['energy'] }]);
  expect(out).toEqual([at, '  energy  7  (uncertain: without a checksum)']);
});

it('a point that can not be read is named, the others are given, and the whole is bad', async () => {
  const { watch, json, err, verdicts } = rig();
  watch.samples('meter', [{ point: 'power', value: 1 }]);
  watch.failed('meter', refused);
  watch.availability('meter', true);
  watch.points('meter', { lost: [['energy', refused]], back: [] });
  await turn();
  expect(verdicts).toEqual(['bad']);
  expect(json).toMatchObject([{ values: { power: 1 } }, { point: 'energy', fault: { code: refused.code } }]);
  expect(err).toHaveLength(1);
  expect(err[0]).toMatch(/ {2}energy: the device does not have the address .*modbus\/illegal-address/);
});

it('a device that is silent at first is waited for until it is given up, and told once', async () => {
  const { watch, json, err, verdicts } = rig();
  for (let poll = 0; poll < 2; poll += 1) {
    watch.failed('meter', silent);
    await turn();
  }
  expect(verdicts).toEqual([]);
  watch.failed('meter', new Fault('device/late'));
  watch.availability('meter', false);
  await turn();
  expect(verdicts).toEqual(['bad']);
  expect(json).toMatchObject([{ fault: { code: 'device/silent' } }, { fault: { code: 'device/late' } }]);
  // how it is reached is told once, before all that is wrong
  expect(err).toEqual([ADDRESS, expect.stringContaining('device/silent'), expect.stringContaining('device/late')]);
});

it('a device that is read in parts is good, with the option that would help', async () => {
  const { watch, json, err, verdicts } = rig();
  watch.failed('meter', silent);
  await turn();
  watch.samples('meter', [
    { point: 'power', value: 1 },
    { point: 'power', value: 2 },
    { point: 'energy', value: 7 },
  ]);
  watch.failed('meter', new Fault('device/too-long'));
  watch.availability('meter', true);
  await turn();
  expect(verdicts).toEqual(['good']);
  expect(json[1]).toEqual({ at, values: { power: 2, energy: 7 } });
  expect(err.at(-1)).toContain('maxRegisters');
});

it('a device that never gives all its points is not waited for without end', async () => {
  const { watch, verdicts } = rig();
  for (let poll = 0; poll < 10; poll += 1) {
    watch.samples('meter', [{ point: 'power', value: poll }]);
    await turn();
  }
  expect(verdicts).toEqual(['bad']);
});

it('a device that talks by itself is judged by its first frame', async () => {
  const { watch, verdicts } = rig(false);
  watch.samples('gnss', [{ point: 'power', value: 1 }]);
  await turn();
  expect(verdicts).toEqual(['good']);
});

it('of a device that talks every frame is shown, also of several that come at once', async () => {
  const { watch, json } = rig(false);
  watch.samples('gnss', [{ point: 'power', value: 1 }]);
  watch.samples('gnss', [{ point: 'energy', value: 2 }]);
  watch.samples('gnss', [{ point: 'power', value: 3 }]);
  await turn();
  expect(json).toEqual([{ at, values: { power: 3, energy: 2 } }]);
});

it('what the device does and can not be read is not waited for', async () => {
  const verdicts: string[] = [];
  const zero: Point = { name: 'zero', type: 'boolean', writable: true, action: true };
  const watch = new PollWatch({
    ...{ points: [...POINTS, zero], isAsked: true, show: () => undefined },
    judged: (verdict) => verdicts.push(verdict),
  });
  watch.samples('meter', [
    { point: 'power', value: 1 },
    { point: 'energy', value: 7 },
  ]);
  await turn();
  expect(verdicts).toEqual(['good']);
});
