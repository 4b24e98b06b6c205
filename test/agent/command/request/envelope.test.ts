import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readEnvelope } from '../../../../agent/command/request/envelope.ts';
import { isBounded, measure } from '../../../../agent/command/request/json.ts';
import { bytes } from '../bench.ts';

const EXPIRES = '2026-11-23T10:15:10Z';
const read = (body: unknown) => readEnvelope(bytes(body), false);
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

describe('the envelope', () => {
  it('is an id, an expiry and args', () => {
    expect(read({ id: 'a.B_9:-', expiresAt: EXPIRES, args: { relay: true } }).request).toEqual({
      id: 'a.B_9:-',
      expiresAt: Date.UTC(2026, 10, 23, 10, 15, 10),
      args: { relay: true },
    });
    expect(read({ id: 'a', expiresAt: '2026-11-23T10:15:10.125Z' }).request).toEqual({
      id: 'a',
      expiresAt: Date.UTC(2026, 10, 23, 10, 15, 10, 125),
      args: {},
    });
  });

  it.each([
    ['a member called __proto__', `{"id":"a","expiresAt":"${EXPIRES}","args":{"__proto__":{"relay":true}}}`],
    ['one that is written with escapes', `{"id":"a","expiresAt":"${EXPIRES}","args":{"\\u005f_proto__":1}}`],
    ['a member called constructor', `{"id":"a","expiresAt":"${EXPIRES}","args":{"x":[{"constructor":1}]}}`],
    ['a member called prototype', `{"id":"a","expiresAt":"${EXPIRES}","prototype":1}`],
    ['a member twice', `{"id":"a","expiresAt":"${EXPIRES}","args":{"relay":false,"relay":true}}`],
    [
      'a member twice, once with escapes',
      `{"id":"a","expiresAt":"${EXPIRES}","args":{"relay":false,"rel\\u0061y":true}}`,
    ],
    ['a key that is too long', `{"id":"a","expiresAt":"${EXPIRES}","args":{"${'k'.repeat(65)}":1}}`],
    ['half a character', `{"id":"a","expiresAt":"${EXPIRES}","args":{"label":"\\ud800"}}`],
    [
      'too many members',
      JSON.stringify({
        id: 'a',
        expiresAt: EXPIRES,
        args: Object.fromEntries([...Array(257).keys()].map((k) => [k, 1])),
      }),
    ],
    ['nine levels', `{"id":"a","expiresAt":"${EXPIRES}","args":{"x":${nested(7)}}}`],
    ['very many levels', `{"id":"a","expiresAt":"${EXPIRES}","args":{"x":${nested(8100)}}}`],
    ['an expiry that is a number', '{"id":"a","expiresAt":1795000000000}'],
    ['an expiry of great length', `{"id":"a","expiresAt":"2026-11-23T10:15:10.${'0'.repeat(10_000)}Z"}`],
  ])('is malformed with %s, and keeps its id for the answer', (_what, body) => {
    expect(bytes(body).length).toBeLessThanOrEqual(16_384);
    expect(read(body)).toEqual({ id: 'a', fault: 'command/malformed' });
  });

  it.each([
    '9007199254740993',
    '-9007199254740993',
    '18446744073709551615',
    '9007199254740993.0',
    '9.007199254740993e15',
    '9007199254740.993',
    '1e400',
    `0.${'1'.repeat(100)}`,
  ])('is refused with %s, which the parser would take for another number', (number) => {
    const body = `{"id":"a","expiresAt":"${EXPIRES}","args":{"big":${number}}}`;
    expect(read(body)).toEqual({ id: 'a', fault: 'command/value' });
    expect(read(body.replace(number, `[${number}]`))).toEqual({ id: 'a', fault: 'command/value' });
  });

  it.each(['9007199254740992', '18446744073709551616', '0.1', '0.10000000000000001', '1e23', '1.50', '-0', '230.10'])(
    'may hold %s',
    (number) => {
      const body = `{"id":"a","expiresAt":"${EXPIRES}","args":{"big":${number}}}`;
      expect(read(body).request?.args).toEqual({ big: Number(number) });
    },
  );

  it('may hold any digits in a text', () => {
    const args = '{"9007199254740993":"say \\"9007199254740993\\", 9007199254740993"}';
    expect(read(`{"id":"a","expiresAt":"${EXPIRES}","args":${args}}`).request).toBeDefined();
  });

  it('may have eight levels', () => {
    expect(read(`{"id":"a","expiresAt":"${EXPIRES}","args":{"x":${nested(6)}}}`).request).toBeDefined();
  });

  it('may have 16,384 bytes and not one more', () => {
    const body = `{"id":"a","expiresAt":"${EXPIRES}"}`;
    expect(read(body + ' '.repeat(16_384 - body.length)).request).toBeDefined();
    expect(read(body + ' '.repeat(16_385 - body.length))).toEqual({ id: undefined, fault: 'command/too-large' });
  });

  it.each([
    '\ufeff{"id":"a"}',
    '{"id":"a"',
    nested(8192),
    '{"id":"a\\u0000"}',
    'null',
    '"id"',
    '{"__proto__":{"id":"a"}}',
  ])('has no id in %j', (body) => {
    expect(read(body)).toEqual({ id: undefined, fault: 'command/malformed' });
  });

  it('is never read from bytes that are no UTF-8', () => {
    const body = bytes(`{"id":"a","expiresAt":"${EXPIRES}","args":{"label":"_"}}`);
    body[body.lastIndexOf(0x5f)] = 0xc0;
    expect(readEnvelope(body, false)).toEqual({ id: undefined, fault: 'command/malformed' });
  });
});

describe('the measure of a JSON text', () => {
  it('agrees with what the parser makes of it', () => {
    const depth = (value: unknown): number =>
      typeof value !== 'object' || value === null ? 0 : 1 + Math.max(0, ...Object.values(value).map(depth));
    const members = (value: unknown): number => {
      if (typeof value !== 'object' || value === null) return 0;
      const inner = Object.values(value).reduce<number>((sum, each) => sum + members(each), 0);
      return inner + (Array.isArray(value) ? 0 : Object.keys(value).length);
    };
    fc.assert(
      fc.property(fc.json({ stringUnit: 'binary', maxDepth: 5 }), (text) => {
        const parsed: unknown = JSON.parse(text);
        expect(measure(text)).toEqual({ depth: depth(parsed), members: members(parsed) });
      }),
      { numRuns: 200 },
    );
  });

  it('is not fooled by quotes, brackets and colons in strings', () => {
    const text = JSON.stringify({ 'a"[{:\\': '\\":{[[[[[[[[[[[[[' });
    expect(measure(text)).toEqual({ depth: 1, members: 1 });
    expect(isBounded(text, JSON.parse(text))).toBe(true);
  });
});
