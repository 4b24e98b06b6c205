import { expect, test } from 'vitest';
import { readCode } from '../../drivers/obis/code.ts';
import { blockCheck } from '../../drivers/obis/iec/block.ts';
import { dialogueOf, meter, run, talking, textOf } from '../drivers/obis/iec/runner.ts';
import { type CapturedFrame, type CapturedValue, cutsOf, describeCaptures, framesOf } from './captures.ts';

/** With a unit the value is a number; without one it stays the text as sent. A value without an address is no point. */
function pointsOf(values: readonly CapturedValue[]) {
  return values.flatMap(({ key, unit }, index) =>
    key === null || readCode(key) === undefined
      ? []
      : [{ name: `p${index}`, obis: key, type: unit === null || unit === undefined ? 'text' : 'number' }],
  );
}

/** A text of nothing is no value. */
function expected(values: readonly CapturedValue[]) {
  return Object.fromEntries(
    values.flatMap(({ key, value }, index) =>
      key === null || readCode(key) === undefined ? [] : [[`p${index}`, value === '' ? null : value]],
    ),
  );
}

function isReadout({ document }: CapturedFrame): boolean {
  return document.role === 'readout';
}

/** The values of a refused frame too, where it tells them under another name. */
function saidBy({ values, document }: CapturedFrame): readonly CapturedValue[] {
  return (document.valuesIfBccSkipped as readonly CapturedValue[] | undefined) ?? values;
}

describeCaptures('iec62056-21', (captures) => {
  const frames = framesOf(captures);

  test('give every value of each good readout and none of a refused one, cut anywhere', () => {
    const readouts = frames.filter((frame) => isReadout(frame) && frame.capture.document.mode !== 'D');
    expect(readouts.length).toBeGreaterThan(0);
    for (const frame of readouts) {
      const dialogue = dialogueOf(meter({}, pointsOf(saidBy(frame))));
      for (const cut of cutsOf(frame.bytes)) {
        const size = Math.max(...cut.map(({ length }) => length), 1);
        const said = [Uint8Array.from('/ABC0\r\n', (each) => each.charCodeAt(0)), new Uint8Array(), frame.bytes];
        const heard = run(dialogue, () => said.shift() ?? new Uint8Array(), size);
        if (frame.ok === true) expect(heard.values, frame.name).toEqual(expected(frame.values));
        else expect(heard.fault?.code, frame.name).toMatch(/^iec62056\//);
      }
    }
  });

  test('give every value of each pushed telegram, cut anywhere', () => {
    const pushed = frames.filter((frame) => frame.capture.document.mode === 'D');
    expect(pushed.length).toBeGreaterThan(0);
    for (const frame of pushed) {
      const device = talking({}, pointsOf(frame.values));
      for (const cut of cutsOf(frame.bytes)) {
        const framer = device.framer();
        const heard: unknown[] = [];
        for (const chunk of cut) {
          framer.push(chunk, (bytes) => {
            const decoded = device.decode(bytes);
            if ('samples' in decoded) heard.push(Object.fromEntries(decoded.samples.map((s) => [s.point, s.value])));
          });
        }
        expect(heard, frame.name).toEqual(frame.ok === true ? [expected(frame.values)] : []);
      }
    }
  });

  test('are asked for as they were, and acknowledged as the standard says', () => {
    for (const { name, frames: all } of captures) {
      const identification = all.find(({ document }) => document.role === 'identification' && document.nextBaudRate);
      const request = all.find(({ document, dir }) => dir === 'tx' && document.role === 'request');
      if (identification === undefined || request === undefined) continue;
      const address = /^\/\?(.*)!/.exec(textOf(request.bytes))?.[1] ?? '';
      const said = [identification.bytes];
      const { trace } = run(dialogueOf(meter({ address })), () => said.shift() ?? new Uint8Array());
      expect(trace[0], name).toBe(textOf(request.bytes));
      const acknowledgement = all.find(({ document }) => String(document.role).startsWith('acknowledge'));
      // others than `0` begin what is no readout: programming
      const isReadout = acknowledgement?.bytes[3] === 0x30;
      if (isReadout) expect(trace, name).toContain(textOf(acknowledgement.bytes));
      const { nextBaudRate } = identification.document;
      if (nextBaudRate !== 300) expect(trace, name).toContain(nextBaudRate);
    }
  });

  test('have the block check that the standard gives', () => {
    const blocks = frames.filter(({ bytes }) => bytes[0] === 0x01 || bytes[0] === 0x02);
    for (const { name, bytes, document } of blocks) {
      const { valid } = document.check as { valid: boolean | null };
      if (valid === null) continue;
      expect(blockCheck(bytes.subarray(1, -1)) === bytes.at(-1), name).toBe(valid);
    }
  });
});
