import { describe, expect, it } from 'vitest';
import { ReceiveBuffer } from '../../../agent/bus/receive-buffer.ts';
import type { Exchange } from '../../../drivers/contract/dialogue.ts';
import { asked, bytesOf } from '../../drivers/lines/lines.ts';
import { device } from '../../drivers/modbus/support.ts';
import { exchangeOf } from '../../support/dialogue.ts';
import { exchange } from '../../support/exchange.ts';

/** Confirmed by the very bytes of the request, as Modbus functions 5 and 6 are. */
const confirmed: Exchange<Uint8Array> = {
  ...exchange(7, 1),
  judge: (received, ended) =>
    received.length >= 2
      ? { state: 'done', result: received, used: 2, strays: [] }
      : ended
        ? exchange(7, 1).judge(received, true)
        : { state: 'more' },
};

describe('a question', () => {
  it('hands all bytes so far to the driver, however they were cut', () => {
    const question = new ReceiveBuffer(exchange(7, 3), false);
    expect(question.add(Uint8Array.of(7, 1)).state).toBe('more');
    expect(question.add(Uint8Array.of(2, 3))).toMatchObject({
      state: 'done',
      result: Uint8Array.of(1, 2, 3),
    });
  });

  it('keeps its own copy, because the memory of a chunk is the port’s', () => {
    const question = new ReceiveBuffer(exchange(7, 2), false);
    const chunk = Uint8Array.of(7, 1);
    question.add(chunk);
    chunk.fill(0);
    expect(question.add(Uint8Array.of(2))).toMatchObject({ result: Uint8Array.of(1, 2) });
  });

  it('ends with a verdict when more comes than any answer has', () => {
    const question = new ReceiveBuffer(exchange(7, 3), false);
    expect(question.add(new Uint8Array(513)).state).toBe('failed');
  });

  it('takes the longest answer that a driver foretells, behind an echo and another line', () => {
    const options = { template: '{v:text};', request: '?\\n', maxLength: 4096 };
    const exchange = exchangeOf(asked(options).plan(['v'])[0]);
    const line = `${'x'.repeat(4095)};\n`;
    const question = new ReceiveBuffer(exchange, false);
    for (const part of ['?\n', `${line.slice(0, -2)}!\n`, line.slice(0, 2000)]) {
      expect(question.add(bytesOf(part)).state).toBe('more');
    }
    expect(question.add(bytesOf(line.slice(2000)))).toMatchObject({ state: 'done', strays: ['echo', 'foreign'] });
    // and not one byte more
    const long = new ReceiveBuffer(exchange, false);
    expect(long.add(new Uint8Array(2 + 2 * 4097)).state).toBe('more');
    expect(long.add(new Uint8Array(1)).state).toBe('failed');
  });

  it('keeps no more than its own bound, whatever a driver asks for', () => {
    const question = new ReceiveBuffer(
      exchange(7, 3, { answer: { usual: 4, most: 1e9 }, judge: () => ({ state: 'more' }) }),
      false,
    );
    expect(question.add(new Uint8Array(20_000)).state).toBe('more');
    expect(question.length).toBe(16_384);
  });

  it('takes a known echo off before it judges, and counts it', () => {
    const question = new ReceiveBuffer(confirmed, true);
    expect(question.add(Uint8Array.of(7)).state).toBe('more');
    expect(question.add(Uint8Array.of(1)).state).toBe('more');
    expect(question.add(Uint8Array.of(7, 1))).toMatchObject({ state: 'done', used: 4, strays: ['echo'] });
  });

  it('does not take an echo for the confirmation of a device that says nothing', () => {
    const question = new ReceiveBuffer(confirmed, true);
    question.add(Uint8Array.of(7, 1));
    expect(question.end()).toMatchObject({ state: 'failed', answered: false });
  });

  it('judges an answer without echo as it is, also where an echo was seen before', () => {
    const question = new ReceiveBuffer(exchange(7, 2), true);
    expect(question.add(Uint8Array.of(7, 5, 6))).toMatchObject({
      state: 'done',
      result: Uint8Array.of(5, 6),
    });
  });

  it('says that only the echo came, where that is news; where it is known for it the device is silent', () => {
    const asked = exchangeOf(device([{ name: 'a', register: 'holding', address: 0, type: 'uint16' }]).plan(['a'])[0]);
    for (const [isNews, code] of [
      [true, 'modbus/echo'],
      [false, 'device/silent'],
    ] as const) {
      const question = new ReceiveBuffer(asked, true, isNews);
      expect(question.add(asked.request)).toMatchObject({ state: 'more' });
      expect(question.end()).toMatchObject({ state: 'failed', answered: false, fault: { code }, strays: ['echo'] });
    }
  });

  it('has no echo to take off where nothing was sent', () => {
    const question = new ReceiveBuffer(exchange(7, 2, { request: new Uint8Array(0) }), true);
    expect(question.add(Uint8Array.of(7, 5, 6))).toMatchObject({ state: 'done', strays: [] });
  });
});
