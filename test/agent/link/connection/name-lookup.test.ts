import type { LookupAddress } from 'node:dns';
import { describe, expect, test } from 'vitest';
import { NameLookup, type Resolve } from '../../../../agent/link/connection/name-lookup.ts';
import { settle } from '../../../support/fake-clock.ts';

const ADDRESSES = [
  { address: '192.0.2.1', family: 4 },
  { address: '2001:db8::1', family: 6 },
];

describe('the lookup of a name', () => {
  const make = () => {
    const asked: { name: string; answer: Parameters<Resolve>[2] }[] = [];
    const names = new NameLookup((name, _, answer) => void asked.push({ name, answer }));
    const told: unknown[] = [];
    const ask = (name: string, all = true) =>
      names.lookup(name, { all }, (error, address) => told.push(error?.code ?? address));
    return { asked, told, ask };
  };

  test('tells all addresses, or the first where only one is wanted', () => {
    const { asked, told, ask } = make();
    ask('a');
    ask('a', false);
    asked[0]?.answer(null, ADDRESSES);
    expect(told).toEqual([ADDRESSES, '192.0.2.1']);
  });

  test('that hangs is shared by who asks again, and begun anew once it has ended', () => {
    const { asked, told, ask } = make();
    for (let count = 0; count < 50; count += 1) ask('a');
    expect(asked.length).toBe(1);
    asked[0]?.answer(Object.assign(new Error(), { code: 'ENOTFOUND' }), undefined as unknown as LookupAddress[]);
    expect(told).toEqual(Array.from({ length: 50 }, () => 'ENOTFOUND'));
    ask('a');
    expect(asked.length).toBe(2);
  });

  test('never takes more than two threads: beyond them a name counts as not resolved', async () => {
    const { asked, told, ask } = make();
    for (const name of ['a', 'b', 'c', 'd']) ask(name);
    expect(told).toEqual([]);
    await settle();
    expect([asked.map(({ name }) => name), told]).toEqual([
      ['a', 'b'],
      ['EAI_AGAIN', 'EAI_AGAIN'],
    ]);
    asked[0]?.answer(null, ADDRESSES);
    ask('c');
    expect(asked.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });

  test('without any address is a name that is not resolved', () => {
    const { asked, told, ask } = make();
    ask('a');
    asked[0]?.answer(null, []);
    expect(told).toEqual(['EAI_AGAIN']);
  });

  test('is the system’s', async () => {
    const told = await new Promise((resolve) => {
      new NameLookup().lookup('localhost', { family: 4 }, (error, address) => resolve(error ?? address));
    });
    expect(told).toBe('127.0.0.1');
  });
});
