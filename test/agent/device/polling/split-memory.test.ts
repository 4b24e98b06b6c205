import { expect, it } from 'vitest';
import { FIRST_RETRY, SplitMemory } from '../../../../agent/device/polling/split-memory.ts';
import type { Dialogue } from '../../../../drivers/contract/dialogue.ts';
import { Fault } from '../../../../drivers/contract/fault.ts';
import { dialogue } from '../../../support/exchange.ts';

const FAULT = new Fault('modbus/illegal-address');

/** A question of its own for each number, with two parts. */
function question(number: number): Dialogue {
  const parts = [dialogue(number >> 8, number & 0xff), dialogue(number >> 8, number & 0xff)];
  return { ...dialogue(number >> 8, number & 0xff), split: () => parts };
}

it('remembers a bounded number of refused questions, and forgets the oldest first', () => {
  const refusals = new SplitMemory();
  for (let number = 0; number < 1000; number += 1) refusals.split(question(number), FAULT, 0);
  const known = Array.from({ length: 1000 }, (_, number) => refusals.knows(question(number)));
  expect(known.filter(Boolean)).toHaveLength(256);
  expect(known.slice(-256)).toEqual(Array(256).fill(true));
});

it('knows a question again by its key, and asks for the parts of the one at hand', () => {
  const refusals = new SplitMemory();
  refusals.split(question(7), FAULT, 0);
  const again = question(7);
  expect(refusals.inPlaceOf(again, FIRST_RETRY - 1)).toBe(again.split?.(FAULT));
  expect(refusals.inPlaceOf(again, FIRST_RETRY)).toBeUndefined();
  expect(refusals.inPlaceOf(question(8), 0)).toBeUndefined();
});

it('asks a question itself that has no parts, although another with the same key has some', () => {
  const refusals = new SplitMemory();
  refusals.split(question(7), FAULT, 0);
  expect(refusals.inPlaceOf({ ...question(7), split: () => [] }, 1)).toBeUndefined();
  expect(refusals.inPlaceOf(dialogue(0, 7), 1)).toBeUndefined();
});

it('forgets the parts of what is one again, so that all of them are tried at its retry', () => {
  const refusals = new SplitMemory();
  const [whole, part] = [question(7), question(8)];
  refusals.split(whole, FAULT, 0);
  refusals.split(part, FAULT, 10);
  refusals.unite(part, []);
  expect(refusals.worthAsking(part, FAULT, 20)).toEqual([]);
  refusals.unite(whole, [part]);
  expect(refusals.worthAsking(whole, FAULT, FIRST_RETRY - 1)).toEqual([]);
  expect(refusals.worthAsking(whole, FAULT, FIRST_RETRY)).toHaveLength(2);
  expect(refusals.worthAsking(part, FAULT, FIRST_RETRY)).toHaveLength(2);
  expect(refusals.knows(part)).toBe(false);
});
