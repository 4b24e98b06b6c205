import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  describeReply,
  describeReplyFault,
  exitOf,
  type HeardReply,
  readReply,
  toJsonLine,
} from '../../../../agent/cli/ctl/reply.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const reply = (whole: object): HeardReply => {
  const found = readReply(bytes(JSON.stringify({ id: 'i', ...whole })), 'i');
  if (found === undefined) throw new Error('no reply');
  return found;
};
/** Characters that could move a cursor, turn a line round, or end it. */
const HARMFUL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

describe('a reply', () => {
  it.each([
    ['done', 0],
    ['applied', 0],
    ['verified', 0],
    ['refused', 65],
    ['failed', 74],
    ['unknown', 76],
  ])('%s ends ctl with %i', (outcome, code) => {
    expect(exitOf(reply({ outcome }))).toBe(code);
  });

  it.each([
    ['another id', '{"id":"j","outcome":"done"}'],
    ['no id', '{"outcome":"done"}'],
    ['no outcome', '{"id":"i"}'],
    ['an outcome that is none', '{"id":"i","outcome":"toString"}'],
    ['no object', '["i"]'],
    ['no JSON', '{"id":"i"'],
    ['nothing', ''],
    ['far too deep', `{"id":"i","outcome":"done","values":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
  ])('is none with %s', (_, text) => {
    expect(readReply(bytes(text), 'i')).toBeUndefined();
  });

  it('is none where it is no UTF-8', () => {
    expect(readReply(Uint8Array.of(0x22, 0xff, 0x22), 'i')).toBeUndefined();
  });

  it('is shown with its outcome, its time and a table of what is in it', () => {
    const values = { 'voltage-l1': 230.1, relay: true, mode: null, buses: { a: { open: false }, none: [] } };
    expect(describeReply(reply({ outcome: 'done', at: '2026-11-23T10:15:02.113Z', values }))).toBe(
      [
        'done at 2026-11-23T10:15:02.113Z',
        '  voltage-l1    230.1',
        '  relay         true',
        '  mode          –',
        '  buses.a.open  false',
      ].join('\n'),
    );
  });

  it('says of a write what is certain', () => {
    expect(describeReply(reply({ outcome: 'applied' }))).toContain('not read back');
    expect(describeReply(reply({ outcome: 'refused' }))).toBe('refused: nothing was done');
    expect(describeReply(reply({ outcome: 'unknown' }))).toContain('may have been done');
  });

  it('is explained by the table of faults, and by its own words where the code is not in it', () => {
    const fault = (of: unknown) => describeReplyFault(reply({ outcome: 'refused', fault: of }));
    expect(fault({ code: 'command/expired', message: 'x' })).toBe(
      'the request has expired (command/expired). Check both clocks; send anew.',
    );
    expect(fault({ code: 'command/new', message: 'some\u001b[2Jthing' })).toBe('some[2Jthing (command/new).');
    expect(fault({ code: 'constructor', message: 'x' })).toBe('x (constructor).');
    expect(fault({ code: { toString: 1 }, message: [] })).toBe(' ().');
    expect(fault(undefined)).toBeUndefined();
  });

  it('can not move the terminal, as text and as JSON, whatever a device or somebody else put into it', () => {
    const nasty = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\u001b[2J', '\u009b2J', '\u202egnp', '\n'));
    const values = fc.dictionary(nasty, fc.oneof(nasty, fc.dictionary(nasty, nasty)));
    fc.assert(
      fc.property(nasty, values, nasty, (at, shown, message) => {
        const found = reply({ outcome: 'failed', at, values: shown, fault: { code: message, message } });
        for (const line of describeReply(found).split('\n')) expect(line).not.toMatch(HARMFUL);
        expect(describeReplyFault(found)).not.toMatch(HARMFUL);
        expect(toJsonLine(found.whole)).not.toMatch(HARMFUL);
        expect(JSON.parse(toJsonLine(found.whole))).toEqual(JSON.parse(JSON.stringify(found.whole)));
      }),
    );
  });
});

it('a reply names the points that could not be read, and marks the values that are out of their range', () => {
  const partly = reply({
    ...{ outcome: 'failed', values: { power: 12, energy: 4e9 }, uncertain: ['energy'] },
    ...{ fault: { code: 'modbus/illegal-address' }, faults: { relay: 'modbus/illegal-address', far: 'device/new' } },
  });
  expect(exitOf(partly)).toBe(74);
  expect(describeReply(partly).split('\n').slice(1)).toEqual([
    '  power   12',
    '  energy  4000000000  (uncertain: out of its range, or without a checksum)',
    '  relay   not read: the device does not have the address (exception 2) (modbus/illegal-address)',
    '  far     not read: device/new',
  ]);
});
