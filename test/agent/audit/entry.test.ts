import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entryBody } from '../../../agent/audit/entry.ts';
import { LINE_BYTES } from '../../../agent/audit/limits.ts';
import { chainLine, readJournalLine, START } from '../../../agent/audit/line.ts';
import { entry } from './support.ts';

const STAMP = { wall: Date.UTC(2026, 10, 23, 10, 15, 2, 113), boot: 'b00t' };

const lineOf = (more: object): Record<string, unknown> => {
  const { bytes } = chainLine(START, entryBody(entry(1, more), STAMP));
  expect(bytes.length).toBeLessThanOrEqual(LINE_BYTES);
  expect(bytes.toString()).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+\n$/u);
  return JSON.parse(bytes.toString());
};

describe('a line of the journal', () => {
  it('tells who asked what, when, and what it came to', () => {
    expect(lineOf({ args: { relay: true, level: 1.5, mode: 'a"b', off: null }, code: 'command/expired' })).toEqual({
      ...{ n: 1, at: '2026-11-23T10:15:02.113Z', boot: 'b00t', event: 'command', id: 'c1', command: 'write' },
      ...{ device: 'meter-1', user: 'operator', key: 'plant-2026' },
      args: { relay: true, level: 1.5, mode: 'a"b', off: null },
      ...{ outcome: 'verified', code: 'command/expired' },
      ...{ prev: '0'.repeat(64), hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
  });

  it('can be checked with sha256sum', () => {
    const { bytes, link } = chainLine(START, entryBody(entry(1, { args: { ',"hash":"': 'ü' } }), STAMP));
    const script = `sed 's/,"hash":"[0-9a-f]*"}$//' | tr -d '\\n' | sha256sum`;
    expect(execFileSync('sh', ['-c', script], { input: bytes, encoding: 'utf8' })).toContain(link.hash);
    const hashed = bytes.subarray(0, bytes.lastIndexOf(',"hash":"'));
    expect(createHash('sha256').update(hashed).digest('hex')).toBe(link.hash);
    expect(readJournalLine(bytes.subarray(0, -1))).toEqual({ ...link, prev: START.hash, expected: link.hash });
  });

  it('cleans and cuts names', () => {
    const { user, id } = lineOf({ user: `ev\u001b[2J\u202eil\n${'x'.repeat(999)}`, id: `${'y'.repeat(254)}😀😀` });
    expect(user).toMatch(/^ev\ufffd\[2J\ufffdil\ufffdx+…$/);
    expect(user).toHaveLength(256);
    expect(id).toBe(`${'y'.repeat(254)}…`);
  });

  it('keeps the values of args, escaped, and writes what is no scalar as text', () => {
    const args = {
      a: 'x\u009b\u2028\u{e0041}y',
      b: [1, { c: 2 }],
      c: Number.NaN,
      d: undefined,
      e: 10n,
      f: 'z'.repeat(300),
    };
    expect(lineOf({ args }).args).toEqual({
      ...{ a: 'x\u009b\u2028\u{e0041}y', b: '[1,{"c":2}]', c: null, d: null, e: null },
      f: `${'z'.repeat(255)}…`,
    });
  });

  it('keeps a key that reaches into objects as a key', () => {
    const args = JSON.parse('{"__proto__":1,"constructor":2}');
    expect(Object.entries(lineOf({ args }).args as object)).toEqual(Object.entries(args));
  });

  it('leaves out what does not fit, and counts it', () => {
    const many = Object.fromEntries(Array.from({ length: 80 }, (_, at) => [`p${at}`, at]));
    const cut = lineOf({ args: many });
    expect(Object.keys(cut.args as object)).toHaveLength(64);
    expect(cut.argsOmitted).toBe(16);
    const wide = Object.fromEntries(Array.from({ length: 64 }, (_, at) => [`p${at}`, '\u009b'.repeat(256)]));
    const { args, argsOmitted } = lineOf({ args: wide });
    expect(Object.keys(args as object).length + (argsOmitted as number)).toBe(64);
    expect(argsOmitted).toBeGreaterThan(0);
  });

  it('is valid and bounded whatever it is made of', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 400 }),
      fc.constantFrom('\ud800', '\u2029'.repeat(300)),
    );
    const args = fc.dictionary(text, fc.oneof(text, fc.jsonValue()), { maxKeys: 70 });
    fc.assert(
      fc.property(text, text, text, args, (id, user, key, given) => {
        expect(Object.keys(lineOf({ id, user, key, args: given }))).toContain('hash');
      }),
      { numRuns: 100 },
    );
  });

  it.each(['', '{', '{"n":0,"at":"', `{"n":1,"at":"${'x'.repeat(200)}`, '\0'.repeat(500)])(
    'is none of ours: %j',
    (text) => {
      expect(readJournalLine(Buffer.from(text))).toBeUndefined();
    },
  );
});
