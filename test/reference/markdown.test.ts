import { describe, expect, it } from 'vitest';
import { anchor, code, list, plain, table } from '../../scripts/reference-pages/markdown.ts';

describe('the Markdown of the reference pages', () => {
  it('puts the columns of a table below each other, and leaves the last one as it is', () => {
    expect(
      table(
        ['key', 'words'],
        [
          ['a', 'b | c'],
          ['longer', ''],
        ],
      ),
    ).toBe(['| key    | words |', '| ------ | --- |', '| a      | b \\| c |', '| longer |  |'].join('\n'));
  });

  it('wraps an entry of a list, and never begins a line with what would begin a block', () => {
    const text = list(['raw '.repeat(27).concat('+ offset 1. # - a')]);
    expect(text.split('\n')).toEqual([`- ${'raw '.repeat(27).trim()} +`, '  offset 1. # - a']);
  });

  it('gives a heading the anchor that forges give it', () => {
    expect(anchor('port/not-a-device')).toBe('portnot-a-device');
    expect(anchor('buses[].port with host, tcpPort')).toBe('busesport-with-host-tcpport');
  });

  it('takes the meaning from signs in words, not in code', () => {
    expect(plain('{*} <b> \\n \\\\ `{*} \\\\`')).toBe('{\\*} \\<b> \\n \\\\\\ `{*} \\\\`');
    expect(code('a`b')).toBe('`` a`b ``');
  });
});
