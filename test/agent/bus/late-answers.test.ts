import { describe, expect, it } from 'vitest';
import { LateAnswers } from '../../../agent/bus/late-answers.ts';
import type { Dialogue } from '../../../drivers/contract/dialogue.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { dialogue, exchange } from '../../support/exchange.ts';

const asked = (signature: string) => ({ ...exchange(1, 2), signature });
const OWNER = 'meter 1';

describe('late answers', () => {
  it('keeps the same question back until its old answer can no longer come', () => {
    const late = new LateAnswers();
    late.expect(OWNER, asked('1/3/4'), 500);
    expect(late.clearAt('1/3/4', 100)).toBe(500);
    expect(late.clearAt('1/3/4', 500)).toBe(500);
    expect(late.clearAt('1/3/4', 501)).toBe(501);
  });

  it('lets every other question through', () => {
    const late = new LateAnswers();
    late.expect(OWNER, asked('1/3/4'), 500);
    expect(late.clearAt('1/3/6', 100)).toBe(100);
    expect(late.clearAt('2/3/4', 100)).toBe(100);
  });

  it('never shortens what it already waits for', () => {
    const late = new LateAnswers();
    late.expect(OWNER, asked('a'), 500);
    late.expect(OWNER, asked('a'), 300);
    expect(late.clearAt('a', 0)).toBe(500);
  });

  it('says whether any answer may still come', () => {
    const late = new LateAnswers();
    expect(late.any(0)).toBe(false);
    late.expect(OWNER, asked('a'), 500);
    expect(late.any(499)).toBe(true);
    expect(late.any(500)).toBe(false);
  });

  it('holds a bounded number of questions, and takes every other one for the latest that it forgot', () => {
    const late = new LateAnswers();
    for (let n = 0; n < 10_000; n++) late.expect(OWNER, asked(`q${n}`), 1000 + n);
    const clear = Array.from({ length: 10_000 }, (_, n) => late.clearAt(`q${n}`, 0));
    expect(clear.every((at, n) => at >= 1000 + n)).toBe(true);
    const forgotten = 1000 + 10_000 - 256 - 1;
    expect(clear.filter((at) => at > forgotten)).toHaveLength(256);
    expect(Math.min(...clear)).toBe(forgotten);
    expect(late.clearAt('never asked', 0)).toBe(forgotten);
  });

  it('forgets the question whose answer can come for the shortest time, so that the others wait least', () => {
    const late = new LateAnswers();
    late.expect(OWNER, asked('long'), 1e6);
    late.expect(OWNER, asked('short'), 200);
    for (let n = 0; n < 255; n++) late.expect(OWNER, asked(`q${n}`), 1000);
    expect(late.clearAt('long', 100)).toBe(1e6);
    expect(late.clearAt('never asked', 100)).toBe(200);
    expect(late.clearAt('never asked', 201)).toBe(201);
  });

  it('knows that an answer came too late, in pieces or among foreign bytes, until the question is answered in time', () => {
    const late = new LateAnswers();
    const slow = exchange(7, 3);
    late.expect(OWNER, slow, 500);
    late.bytes(Uint8Array.of(7, 1), true, 100);
    expect(late.came(OWNER)).toBe(false);
    late.bytes(Uint8Array.of(2, 3), false, 110);
    expect(late.came(OWNER)).toBe(true);
    expect(late.came('meter 2')).toBe(false);
    late.answered(OWNER, slow);
    expect(late.came(OWNER)).toBe(false);
    late.look(Uint8Array.of(9, 9, 7, 1, 2, 3), 120);
    expect(late.came(OWNER)).toBe(true);
  });

  it('takes nothing for a late answer once it can no longer come', () => {
    const late = new LateAnswers();
    late.expect(OWNER, exchange(7, 3), 500);
    late.bytes(Uint8Array.of(7, 1, 2, 3), true, 500);
    expect(late.came(OWNER)).toBe(false);
  });

  it('knows a late answer by the request that it is for, and by no other of the same dialogue', () => {
    const late = new LateAnswers();
    late.expect(OWNER, exchange(7, 3), 500);
    late.bytes(Uint8Array.of(7, 1, 2, 3), true, 100);
    late.answered(OWNER, exchange(8, 1));
    expect(late.came(OWNER)).toBe(true);
  });

  it('lets no dialogue begin whose first request would have to wait, whatever it does to the line before', () => {
    const late = new LateAnswers();
    const meter = { id: 'meter', memory: undefined };
    const plain = dialogue(7, 3);
    const rested: Dialogue = {
      ...plain,
      key: 'rested',
      begin: () => ({ kind: 'rest', span: milliseconds(1), next: () => plain.begin(undefined) }),
    };
    late.expect('another 7-3', exchange(7, 3), 500);
    for (const each of [plain, rested]) expect(late.mayBegin(meter, each, 100)).toBe(500);
    expect(late.mayBegin(meter, dialogue(7, 4), 100)).toBe(100);
    for (const each of [plain, rested]) expect(late.mayBegin(meter, each, 501)).toBe(501);
  });

  it('holds a dialogue back of which a later request must wait, and no dialogue of another device', () => {
    const late = new LateAnswers();
    late.hold('meter 7-3', 500);
    expect(late.mayBegin({ id: 'meter', memory: undefined }, dialogue(7, 3), 100)).toBe(500);
    expect(late.mayBegin({ id: 'other', memory: undefined }, dialogue(7, 3), 100)).toBe(100);
    expect(late.mayBegin({ id: 'meter', memory: undefined }, dialogue(7, 3), 501)).toBe(501);
    for (let n = 0; n < 10_000; n++) late.hold(`meter ${n}`, 1000);
    expect(late.mayBegin({ id: 'meter', memory: undefined }, { ...dialogue(7, 3), key: '9999' }, 100)).toBe(1000);
  });
});
