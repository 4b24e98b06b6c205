import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { asciiOptions } from '../../../drivers/modbus/ascii/options.ts';
import { LIMITS } from '../../../drivers/modbus/limits.ts';
import { point } from '../../../drivers/modbus/point.ts';
import { rtuOptions } from '../../../drivers/modbus/rtu/options.ts';
import { tcpOptions } from '../../../drivers/modbus/tcp/options.ts';

const BASE = { name: 'p', register: 'holding', address: 0, type: 'uint16' };

function refusals(given: Record<string, unknown>): string[] {
  const result = point.safeParse({ ...BASE, ...given });
  return result.success ? [] : result.error.issues.map(({ path }) => path.join('.'));
}

describe('a point', () => {
  test('needs a name, a kind of register, an address and a type', () => {
    const result = point.safeParse({});
    const paths = result.success ? [] : result.error.issues.map(({ path }) => path[0]);
    expect(paths).toEqual(['name', 'register', 'address', 'type']);
  });

  test.each([
    ['a coil with a number', { register: 'coil', type: 'float32' }, 'type'],
    ['a discrete input with a number', { register: 'discrete' }, 'type'],
    ['bits of a coil', { register: 'coil', type: 'bool', bits: [0, 1] }, 'bits'],
    ['an error value of a coil', { register: 'coil', type: 'bool', errorValue: 1 }, 'errorValue'],
    ['bits beyond the width', { bits: [15, 2] }, 'bits'],
    ['bits beyond the width of 32', { type: 'uint32', bits: [31, 2] }, 'bits'],
    ['several bits as a bool', { type: 'bool', bits: [0, 2] }, 'bits'],
    ['bits of a signed number', { type: 'int16', bits: [0, 2] }, 'bits'],
    ['bits of a float', { type: 'float32', bits: [0, 2] }, 'bits'],
    ['bits that can be written', { bits: [0, 8], writable: true }, 'bits'],
    ['a single bit that can be written', { type: 'bool', bits: [3, 1], writable: true }, 'bits'],
    ['an input that can be written', { register: 'input', writable: true }, 'writable'],
    ['a discrete input that can be written', { register: 'discrete', type: 'bool', writable: true }, 'writable'],
    ['a value beyond the last address', { address: 65535, type: 'uint32' }, 'address'],
    ['a string beyond the last address', { address: 65530, type: 'string', length: 7 }, 'address'],
    ['a string without length', { type: 'string' }, 'length'],
    ['a string with a scale', { type: 'string', length: 4, scale: 2 }, 'scale'],
    ['a string with an enum', { type: 'string', length: 4, enum: { 0: 'a' } }, 'enum'],
    ['a string with a word order', { type: 'string', length: 4, wordOrder: 'little' }, 'wordOrder'],
    ['a number with a length', { length: 2 }, 'length'],
    ['a bool with a scale', { type: 'bool', scale: 2 }, 'scale'],
    ['a bool with a minimum', { type: 'bool', min: 0 }, 'min'],
    ['an enum with a minimum', { enum: { 0: 'a' }, min: 0 }, 'min'],
    ['an enum with a scale', { enum: { 0: 'a' }, scale: 2 }, 'scale'],
    ['an enum of floats', { type: 'float32', enum: { 0: 'a' } }, 'enum'],
    ['an enum of exponent and mantissa', { type: 'exp8-mantissa24', enum: { 0: 'a' } }, 'enum'],
    ['bits beyond 24', { type: 'uint24', bits: [20, 5] }, 'bits'],
    ...['int24', 'int48', 'exp8-mantissa24', 'mod10k-32', 'mod10k-64', 'sign-magnitude16', 'sign-magnitude32'].map(
      (type): [string, Record<string, unknown>, string] => [`bits of ${type}`, { type, bits: [0, 2] }, 'bits'],
    ),
    ['a scaled point that can be written', { scaleFrom: 'sf', writable: true }, 'writable'],
    ['a scaled coil', { register: 'coil', type: 'bool', scaleFrom: 'sf' }, 'scaleFrom'],
    ['a scaled bool', { type: 'bool', scaleFrom: 'sf' }, 'scaleFrom'],
    ['a scaled string', { type: 'string', length: 4, scaleFrom: 'sf' }, 'scaleFrom'],
    ['a scaled enum', { enum: { 0: 'a' }, scaleFrom: 'sf' }, 'scaleFrom'],
    ['a way to write what can not be written', { writeFunction: 'single' }, 'writeFunction'],
    ['an unknown way to write', { writable: true, writeFunction: 'twice' }, 'writeFunction'],
    ['a word order of one register', { wordOrder: 'little' }, 'wordOrder'],
    ['an address out of bounds', { address: 65536 }, 'address'],
    ['a key that does not exist', { adress: 1 }, ''],
  ])('refuses %s', (_, given, path) => {
    expect(refusals(given)).toContain(path);
  });

  test.each([
    ['all bits of a register', { bits: [0, 16], writable: true }],
    ['one bit of a register as a bool', { type: 'bool', bits: [15, 1] }],
    ['the last address', { address: 65535 }],
    ['all 24 bits, to be written', { type: 'uint24', bits: [0, 24], writable: true }],
    ['bits of 48', { type: 'uint48', bits: [47, 1] }],
    ['an enum of modulo 10000', { type: 'mod10k-32', enum: { 10000: 'a' } }],
    ['a scaled number', { type: 'int16', scaleFrom: 'sf', scale: 0.1 }],
    ['a way to write', { writable: true, writeFunction: 'multiple' }],
    ['several error values', { errorValue: [0x7fff, 0x8000] }],
    ['a string', { type: 'string', length: 8, byteOrder: 'little', writable: true }],
  ])('takes %s', (_, given) => {
    expect(refusals(given)).toEqual([]);
  });

  test('is refused without showing what was written', () => {
    const secret = 'hunter2';
    const result = point.safeParse({
      name: secret.toUpperCase(),
      register: secret,
      address: secret,
      type: secret,
      bits: secret,
      errorValue: secret,
      wordOrder: secret,
    });
    const messages = result.success ? [] : result.error.issues.map(({ message }) => message);
    expect(messages.length).toBeGreaterThan(5);
    for (const message of messages) expect(message.toLowerCase()).not.toContain(secret);
  });

  test('can be described to an editor', () => {
    expect(z.toJSONSchema(point, { io: 'input' })).toMatchObject({ type: 'object', additionalProperties: false });
    expect(z.toJSONSchema(rtuOptions, { io: 'input' })).toMatchObject({ required: ['unit'] });
  });
});

const { unit, tcpTimeoutMs, tcpLateMs, maxInFlight, characterGapMs, ...common } = LIMITS;
const TRANSPORTS = [
  { name: 'rtu', options: rtuOptions, limits: common },
  { name: 'ascii', options: asciiOptions, limits: { ...common, characterGapMs } },
  { name: 'tcp', options: tcpOptions, limits: { ...common, timeoutMs: tcpTimeoutMs, lateMs: tcpLateMs, maxInFlight } },
] as const;

describe('the options', () => {
  test.each(TRANSPORTS)('of $name need a unit; all else has a default', ({ options, limits }) => {
    const defaults = Object.fromEntries(Object.entries(limits).map(([name, limit]) => [name, limit.default]));
    expect(options.parse({ unit: 1 })).toEqual({
      ...{ unit: 1, anyUnit: false, wordOrder: 'big', byteOrder: 'big', writeFunction: 'auto' },
      ...defaults,
    });
    expect(options.safeParse({}).success).toBe(false);
  });

  test.each(
    TRANSPORTS.flatMap(({ name, options, limits }) =>
      Object.entries(limits).map(([key, limit]) => ({ name, options, key, limit })),
    ),
  )('of $name: $key keeps its bounds', ({ options, key, limit }) => {
    const takes = (value: unknown) => options.safeParse({ unit: 1, [key]: value }).success;
    expect(takes(limit.min)).toBe(true);
    expect(takes(limit.max)).toBe(true);
    for (const bad of [limit.min - 1, limit.max + 1, limit.min + 0.5, String(limit.min), null, Number.NaN]) {
      expect(takes(bad)).toBe(false);
    }
  });

  test.each(TRANSPORTS)('of $name: a unit is one that devices have, unless any is allowed', ({ options }) => {
    const takes = (given: object) => options.safeParse(given).success;
    for (const usual of [1, 247]) expect(takes({ unit: usual })).toBe(true);
    for (const odd of [unit.min, 248, unit.max]) {
      expect(takes({ unit: odd })).toBe(false);
      expect(takes({ unit: odd, anyUnit: true })).toBe(true);
    }
    for (const bad of [-1, 256, 1.5, '1', null]) expect(takes({ unit: bad, anyUnit: true })).toBe(false);
  });

  test('refuse what they do not know', () => {
    expect(rtuOptions.safeParse({ unit: 1, timeout: 300 }).success).toBe(false);
  });
});
