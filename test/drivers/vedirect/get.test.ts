import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RunCost } from '../../../agent/bus/dialogue/run-cost.ts';
import type { Dialogue } from '../../../drivers/contract/dialogue.ts';
import type { PollDevice } from '../../../drivers/contract/driver.ts';
import type { Value } from '../../../drivers/contract/reading.ts';
import { driver } from '../../../drivers/vedirect/driver.ts';
import { HexHearer, hexMessage, solarRegisters } from '../../../scripts/sim/vedirect.ts';

import { runWith } from '../dialogue-machine.ts';
import { block, bytesOf, device, hear, joined, pieces, problems } from './wire.ts';

const LINE = { baudRate: 19_200, characterMs: 10_000 / 19_200 };
const TEMPERATURE = { name: 'temperature', register: 0xeddb, type: 'int16', scale: 0.01, unit: '°C' };
const BLOCK = block('PID=0xA060 V=13790 CS=5');

function asked(...points: readonly object[]): PollDevice {
  const { asked: part } = device({}, points);
  if (part === undefined) throw new Error('nothing is asked');
  return part;
}

function only(...points: readonly object[]): Dialogue {
  const part = asked(...points);
  const [dialogue, ...more] = part.plan(part.points.map(({ name }) => name));
  if (dialogue === undefined || more.length > 0) throw new Error('the points are not one dialogue');
  return dialogue;
}

/** The values, or the code of the fault with its consequence and whether it is worth another try. */
function answered(dialogue: Dialogue, ...answer: readonly (string | Uint8Array)[]): Record<string, Value> | string {
  const { end } = runWith(dialogue, LINE, () => ({ bytes: joined(...answer), cuts: [] }));
  if (end.kind === 'fail') return `${end.fault.code} ${end.consequence} ${end.repeat}`;
  return Object.fromEntries(end.samples.map(({ point, value }) => [point, value]));
}

const got = (data: string, point: object = {}) =>
  answered(
    only({ ...TEMPERATURE, ...point }),
    hexMessage(7, [0xdb, 0xed, 0x00, ...Buffer.from(data.replaceAll(' ', ''), 'hex')]),
  );

describe('a get of a register', () => {
  test('is the message of the protocol, low byte first', () => {
    const { requests } = runWith(only(TEMPERATURE), LINE, () => ({ bytes: bytesOf(''), cuts: [] }));
    expect(requests.map((request) => String.fromCharCode(...request))).toEqual([':7DBED0086\n']);
  });

  test('is answered before, behind, between and within text blocks, by that register alone, however it comes in pieces', () => {
    const answer = bytesOf(':7DBED00C409B9\n');
    const others = [':ADBED0001007B\n', ':7ECED00751000\n', ':7BCED00204E00003F\n', ':7DBED00C4090A\n'];
    for (let at = 0; at <= BLOCK.length; at += 1) {
      const stream = joined(...others.slice(0, 3), BLOCK.subarray(0, at), answer, BLOCK.subarray(at), others[0] ?? '');
      for (const size of [1, 7, stream.length]) {
        const cuts = pieces(stream, size).map((_, index) => (index + 1) * size);
        const { end } = runWith(only(TEMPERATURE), LINE, () => ({ bytes: stream, cuts }));
        expect(end).toMatchObject({ kind: 'end', samples: [{ point: 'temperature', value: 25 }] });
      }
    }
  });

  test.each([
    ['C4 09', {}, { temperature: 25 }],
    ['3C F6', {}, { temperature: -25 }],
    ['FF 7F', {}, { temperature: null }],
    ['FF FF', { type: 'uint16' }, { temperature: null }],
    ['C4 09', { type: undefined, scale: undefined, unit: undefined }, { temperature: 2500 }],
    ['05', { type: 'uint8', scale: undefined, unit: undefined }, { temperature: 5 }],
    ['05', { type: 'uint8', scale: undefined, unit: undefined, enum: { 5: 'float' } }, { temperature: 'float' }],
    ['06', { type: 'uint8', scale: undefined, unit: undefined, enum: { 5: 'float' } }, { temperature: null }],
    ['FB', { type: 'int8', scale: undefined }, { temperature: -5 }],
    ['40 E2 01', { type: 'uint24', scale: undefined }, { temperature: 123_456 }],
    ['20 4E 00 00', { type: 'uint32' }, { temperature: 200 }],
    ['FE FF FF FF', { type: 'int32', scale: undefined }, { temperature: -2 }],
    ['FF FF FF FF', { type: 'uint32' }, { temperature: null }],
    ['48 51 31 00 41', { type: 'text', scale: undefined, unit: undefined }, { temperature: 'HQ1' }],
    ['15 0C', { scale: 0.01, offset: -273.15, type: 'uint16', decimals: 1 }, { temperature: -242.2 }],
    ['C4', {}, 'vedirect/register-size refused never'],
    ['', {}, 'vedirect/register-size refused never'],
  ])('makes of %s with %j: %j', (data, point, value) => {
    expect(got(data, point)).toEqual(value);
  });

  test.each([
    [[0x01], 'vedirect/unknown-register refused never'],
    [[0x02], 'vedirect/not-supported refused never'],
    [[0x04], 'vedirect/parameter refused never'],
    [[0x01, 0xff, 0xff], 'vedirect/unknown-register refused never'],
    [[0x80], 'vedirect/parameter refused never'],
  ])('that the device refuses with %j is %s', (rest, fault) => {
    expect(answered(only(TEMPERATURE), BLOCK, hexMessage(7, [0xdb, 0xed, ...rest]))).toBe(fault);
  });

  test.each([
    ['nothing but text comes', [BLOCK, BLOCK], 'device/silent silent never'],
    ['another register comes', [hexMessage(7, [0xec, 0xed, 0, 0x51])], 'device/silent silent never'],
    ['a register comes by itself', [hexMessage(0xa, [0xdb, 0xed, 0, 0xc4, 9])], 'device/silent silent never'],
    ['the answer is damaged', [':7DBED00C409B8\n', BLOCK], 'vedirect/hex-checksum damaged whole'],
    ['our message was damaged', [':4AAAAFD\n'], 'vedirect/hex-refused damaged whole'],
    ['the device has no gets', [hexMessage(3, [7])], 'vedirect/hex-refused damaged whole'],
    ['the answer lost its line feed', [':7DBED00C409B9', BLOCK], 'device/silent silent never'],
  ])('fails where %s', (_why, answer, fault) => {
    expect(answered(only(TEMPERATURE), ...answer)).toBe(fault);
  });

  test('is asked once for all its points, and each register by itself', () => {
    const part = asked(
      TEMPERATURE,
      { name: 'raw', register: 0xeddb, pollMs: 5000 },
      { name: 'power', register: 0xedbc },
    );
    expect(part.plan(['temperature', 'raw', 'power']).map(({ key, points }) => [key, points])).toEqual([
      ['get EDDB', ['temperature', 'raw']],
      ['get EDBC', ['power']],
    ]);
    expect(part.plan(['power'])).toHaveLength(1);
    expect(part.points.map(({ pollMs }) => pollMs)).toEqual([undefined, 5000, undefined]);
  });

  test('comes at least 200 ms after the one before, and says so in its cost', () => {
    const dialogue = only(TEMPERATURE);
    const step = dialogue.begin(undefined);
    expect(step).toMatchObject({ kind: 'rest', span: 200 });
    expect(dialogue.cost.usual).toMatchObject([{ request: 11, rest: 200 }]);
    expect(new RunCost(dialogue.cost, LINE).rests(200)).toBe(true);
  });

  test('gives no value of a changed answer', () => {
    const sound = hexMessage(7, [0xdb, 0xed, 0x00, 0xc4, 0x09]);
    fc.assert(
      fc.property(fc.nat(sound.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const damaged = sound.map((byte, index) => (index === at ? byte ^ by : byte));
        const value = answered(only(TEMPERATURE), damaged, BLOCK);
        // a letter may change its case
        if (typeof value !== 'string') expect(value).toEqual({ temperature: 25 });
      }),
      { numRuns: 2000 },
    );
  });

  test('takes no value for a write', () => {
    expect(() => asked(TEMPERATURE).write(new Map([['temperature', 1]]))).toThrow(
      expect.objectContaining({ code: 'command/not-writable' }),
    );
    expect(() => asked(TEMPERATURE).write(new Map([['other', 1]]))).toThrow(
      expect.objectContaining({ code: 'command/unknown-point' }),
    );
  });
});

describe('a device with registers', () => {
  test('says the rest by itself, and its answers are passed over there', () => {
    const of = device({}, [{ name: 'v', label: 'V' }, TEMPERATURE]);
    expect(of.points.map(({ name }) => name)).toEqual(['v', 'temperature']);
    const stream = joined(BLOCK.subarray(0, 9), ':7DBED00C409B9\n', BLOCK.subarray(9));
    expect(hear([stream], of)).toEqual({ values: [{ v: 13_790 }], faults: [], discarded: 0 });
  });

  test('that are not listed is not asked', () => {
    expect(device({}).asked).toBeUndefined();
    expect(device({}, [{ name: 'v', label: 'V' }]).asked).toBeUndefined();
  });

  test.each([
    [{ name: 'x', register: 0xeddb, label: 'V' }, 'register: does not go together with label'],
    [{ name: 'x', register: 65_536 }, 'register: must be a whole number from 0 to 65535'],
    [{ name: 'x', register: 'EDDB' }, 'register: must be a whole number from 0 to 65535'],
    [
      { name: 'x', register: 1, type: 'number' },
      'type: must be text or a type of the HEX protocol: the point is a register',
    ],
    [{ name: 'x', label: 'V', type: 'uint16' }, 'type: only goes with register'],
    [{ name: 'x', label: 'V', pollMs: 1000 }, 'pollMs: only goes with register: the device sends its text by itself'],
    [{ name: 'x', register: 1, type: 'text', scale: 2 }, 'scale: only goes with a point that is a number'],
    [{ name: 'x', register: 1, writable: true }, ''],
  ])('refuses %j', (entry, problem) => {
    const found = problems(driver.point, entry);
    expect(found.length).toBeGreaterThan(0);
    if (problem !== '') expect(found).toContain(problem);
  });
});

test('the simulated charger answers gets, refuses what it does not have, and says what came damaged', () => {
  const charger = new HexHearer(() => solarRegisters(0));
  const ask = (dialogue: Dialogue) => {
    const { end } = runWith(dialogue, LINE, (request) => ({ bytes: joined(...charger.hear(request)), cuts: [] }));
    return end.kind === 'end' ? end.samples[0]?.value : end.fault.code;
  };
  expect(ask(only(TEMPERATURE))).toBe(25);
  expect(ask(only({ name: 'serial', register: 0x010a, type: 'text' }))).toBe('HQ0000SIMUL');
  expect(ask(only({ name: 'sense', register: 0xedec }))).toBeNull();
  expect(ask(only({ name: 'none', register: 0xed00 }))).toBe('vedirect/unknown-register');
  expect(charger.hear(bytesOf(':7DBED0087\n')).map((bytes) => String.fromCharCode(...bytes))).toEqual([':4AAAAFD\n']);
});
