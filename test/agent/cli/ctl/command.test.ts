import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CommandFlags, CTL_COMMANDS, readCommand } from '../../../../agent/cli/ctl/command.ts';
import { readAssignments, readObject, readValue } from '../../../../agent/cli/ctl/value.ts';
import { isKept } from '../../../../drivers/schema/decimal.ts';

const asked = (line: string, flags: CommandFlags = {}) => readCommand(line.split(' '), flags);

describe('a value on the command line', () => {
  it.each([
    ['true', true],
    ['false', false],
    ['21.5', 21.5],
    ['-3', -3],
    ['1e3', 1000],
    ['remote', 'remote'],
    ['True', 'True'],
    ['null', 'null'],
    ['007', '007'],
    ['0x10', '0x10'],
    ['.5', '.5'],
    ['5s', '5s'],
    [' 5', ' 5'],
    ['', ''],
    ['a=b', 'a=b'],
    ['"true"', 'true'],
    ['"say \\"x\\""', 'say "x"'],
    ['1e999', undefined],
    ['9007199254740992', 9007199254740992],
    ['9007199254740993', undefined],
    ['1152921504606846976', undefined],
    ['"open', undefined],
    ['"a" b', undefined],
  ])('%s is %j', (word, value) => {
    expect(readValue(word)).toBe(value);
  });

  it('is, in JSON, always what it was: numbers, booleans and quoted text', () => {
    const written = fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .filter((value) => isKept(JSON.stringify(value)));
    const values = fc.oneof(fc.boolean(), written, fc.string());
    fc.assert(
      fc.property(values, (value) => {
        expect(readValue(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('never becomes a number that JSON can not hold, whatever is written', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^-?[0-9]{1,400}(e[0-9]{1,4})?$/)), (word) => {
        const value = readValue(word);
        expect(typeof value === 'number' ? Number.isFinite(value) : true).toBe(true);
      }),
    );
  });
});

describe('POINT=VALUE words', () => {
  it('become args, split at the first =', () => {
    expect(readAssignments(['relay=true', 'label=a=b', 'empty='])).toEqual({ relay: true, label: 'a=b', empty: '' });
  });

  it.each([[[]], [['relay']], [['=5']], [['a=1', 'a=2']], [['a=1e999']]])('refuses %j', (words) => {
    expect(readAssignments(words)).toBeUndefined();
  });

  it('hold a strange name as a name', () => {
    expect(JSON.stringify(readAssignments(['__proto__=1']))).toBe('{"__proto__":1}');
  });

  it('can be given as one JSON object', () => {
    expect(readObject('{"a":null}')).toEqual({ a: null });
    for (const text of ['[]', 'null', '5', '{', '']) expect(readObject(text)).toBeUndefined();
  });
});

describe('the words of ctl', () => {
  it.each<readonly [string, CommandFlags, object]>([
    ['gw-1 ping', {}, { command: 'ping' }],
    ['gw-1 reopen rs485-a', {}, { command: 'reopen', args: { bus: 'rs485-a' } }],
    ['gw-1 loglevel debug', {}, { command: 'loglevel', args: { level: 'debug' } }],
    ['gw-1 loglevel debug', { for: '60000' }, { command: 'loglevel', args: { level: 'debug', forMs: 60_000 } }],
    ['gw-1 read m-1', {}, { command: 'read', device: 'm-1' }],
    ['gw-1 read m-1 a b', {}, { command: 'read', device: 'm-1', args: { points: ['a', 'b'] } }],
    ['gw-1 write m-1 relay=true', {}, { command: 'write', device: 'm-1', args: { relay: true } }],
    ['gw-1 write m-1', { args: '{"a":"1"}' }, { command: 'write', device: 'm-1', args: { a: '1' } }],
    ['gw-1 operate m-1 a=1', {}, { command: 'operate', device: 'm-1', args: { a: 1 } }],
    ['gw-1 operate m-1 a=1', { token: 't' }, { command: 'operate', args: { token: 't', values: { a: 1 } } }],
    ['gw-1 pause m-1', {}, { command: 'pause', device: 'm-1' }],
  ])('%s %j', (line, flags, expected) => {
    expect(asked(line, flags).asked).toMatchObject({ gateway: 'gw-1', ...expected });
  });

  it.each<readonly [string, CommandFlags, RegExp]>([
    ['GW ping', {}, /name of a gateway/],
    ['gw/+ ping', {}, /name of a gateway/],
    ['gw', {}, /which command\? There are ping, /],
    ['gw fire', {}, /no such command; there are ping, .*resume/],
    ['gw toString', {}, /no such command/],
    ['gw ping now', {}, /ping is: fieldward ctl GATEWAY ping$/],
    ['gw reopen', {}, /reopen BUS/],
    ['gw reopen a/b', {}, /reopen BUS/],
    ['gw loglevel loud', {}, /loglevel error\|warn/],
    ['gw loglevel debug', { for: '5s' }, /loglevel error\|warn/],
    ['gw ping', { for: '5000' }, /--for belongs to loglevel/],
    ['gw write m-1 a=1', { token: 't' }, /--token belongs to operate/],
    ['gw read', {}, /read DEVICE/],
    ['gw read #', {}, /read DEVICE/],
    ['gw write m-1', {}, /write DEVICE POINT=VALUE/],
    ['gw write m-1 relay', {}, /write DEVICE POINT=VALUE/],
    ['gw write m-1 a=1', { args: '{}' }, /write DEVICE POINT=VALUE/],
    ['gw write m-1', { args: '[1]' }, /write DEVICE POINT=VALUE/],
  ])('are refused with what would be right: %s %j', (line, flags, words) => {
    expect(asked(line, flags).wrong).toMatch(words);
  });

  it('are needed', () => {
    expect(readCommand([], {}).wrong).toBe('which gateway?');
  });

  it('lead to a topic of one gateway and one device only, whatever they are', () => {
    const word = fc.oneof(fc.string(), fc.constantFrom('gw', 'm-1', '+', '#', 'a/b', ...Object.keys(CTL_COMMANDS)));
    fc.assert(
      fc.property(fc.array(word, { maxLength: 5 }), (words) => {
        const { asked: found, wrong } = readCommand(words, {});
        if (found === undefined) expect(wrong).toBeTypeOf('string');
        else expect(`${found.gateway} ${found.device ?? 'none'}`).toMatch(/^[a-z0-9-]+ [a-z0-9-]+$/);
      }),
    );
  });
});

describe('a number that would arrive as another one', () => {
  const WRONG = 'a number has more digits than can be kept: the gateway would get another one';

  it.each([
    ['gw write meter big=9007199254740993', {}],
    ['gw select meter small=1 big=18446744073709551615', {}],
    ['gw write meter', { args: '{"big": 9007199254740993}' }],
    ['gw write meter', { args: '{"big": [1152921504606846976]}' }],
  ])('is refused, with the reason: %s', (line, flags) => {
    expect(asked(line, flags)).toEqual({ wrong: WRONG });
  });

  it('may be written as text', () => {
    expect(asked('gw write meter label="9007199254740993"').asked?.args).toEqual({ label: '9007199254740993' });
  });
});
