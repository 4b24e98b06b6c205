import { expect, it } from 'vitest';
import type { HeardItem } from '../../../../agent/cli/listen/decoder.ts';
import { decoderOf, modbusProfile } from '../../../../agent/cli/listen/decoders.ts';
import { dataPdu, exceptionPdu } from '../../../../drivers/modbus/answer.ts';
import { type Request, requestPdu } from '../../../../drivers/modbus/request.ts';
import { seal } from '../../../../drivers/modbus/rtu/frame.ts';
import { lineTiming } from '../../../../drivers/port/line.ts';

const LINE = lineTiming({ baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1 });
const CHARACTER = 10_000 / 9600;

async function decoder(more: { seesSilence?: boolean; profile?: string } = {}) {
  const items: HeardItem[] = [];
  const passed: [string, number][] = [];
  const profile = more.profile === undefined ? undefined : await modbusProfile(more.profile);
  const made = await decoderOf(
    'modbus-rtu',
    { line: LINE, seesSilence: more.seesSilence ?? true, profile },
    { heard: (item) => items.push(item), passed: ({ kind, bytes }) => passed.push([kind, bytes.length]) },
  );
  return { items, passed, made };
}

const ask = (unit: number, request: Request) => seal(unit, requestPdu(request));
const read: Request = { function: 4, address: 0, count: 2 };
const answer = (unit: number, data: readonly number[]) => seal(unit, dataPdu(read, Uint8Array.from(data)));

it('tells exchanges with their values by a profile, and counts by unit and function', async () => {
  const { items, passed, made } = await decoder({ profile: 'eastron-sdm630' });
  made.push(ask(1, read), 1000);
  made.push(answer(1, [0x43, 0x66, 0x33, 0x33]), 1050);
  made.push(ask(2, read), 1200);
  made.push(seal(2, exceptionPdu(4, 2)), 1250);
  made.push(ask(3, read), 1400);
  made.push(ask(3, read), 2900);
  made.idle();
  const [first, second, third] = items;
  expect(first?.json).toMatchObject({
    unit: 1,
    function: 4,
    outcome: 'answered',
    address: 0,
    count: 2,
    data: '43 66 33 33',
  });
  expect(Object.values((first?.json.values ?? {}) as object)[0]).toBeCloseTo(230.2, 3);
  expect(first?.text).toMatch(/^unit 1 {2}read input 0\.\.1 {2}= 43 66 33 33 {2}4\d\.\d ms\n {4}\S+ 230\.2 V$/);
  expect(second?.json).toMatchObject({ outcome: 'refused', exception: 2 });
  expect(third?.json).toMatchObject({ unit: 3, outcome: 'unanswered' });
  const { json, lines, frames } = made.summary();
  expect(frames).toBe(6);
  expect(json).toMatchObject({ frames: 6, checksumErrors: 0, noiseBytes: 0, closeFrames: 0, silences: 1 });
  expect(json.units).toMatchObject([
    { unit: 1, function: 4, requests: 1, answers: 1, unanswered: 0, exceptions: {} },
    { unit: 2, requests: 1, answers: 0, exceptions: { 2: 1 } },
    { unit: 3, requests: 1, unanswered: 1, responseMs: null },
  ]);
  expect(lines.join('\n')).toContain('6 frames, 0 with a wrong checksum');
  expect(passed).toEqual([
    ['sent', 8],
    ['received', 9],
    ['sent', 8],
    ['received', 5],
    ['sent', 8],
    ['sent', 8],
  ]);
});

it('counts frames that follow in less than the silence of the standard, where that can be seen', async () => {
  // the gap before it is 2 ms, and 3.5 characters take 3.6 ms
  const close = 50 + 8 * CHARACTER + 2;
  const wide = close + 8 * CHARACTER + 10;
  for (const [seesSilence, expected] of [
    [true, 2],
    [false, null],
  ] as const) {
    const { made } = await decoder({ seesSilence });
    made.push(ask(1, read), 0);
    made.push(answer(1, [0, 0, 0, 0]), 50);
    made.push(ask(2, read), close);
    made.push(Buffer.concat([answer(2, [0, 0, 0, 0]), ask(3, read)]), wide + 20);
    expect(made.summary().json.closeFrames).toBe(expected);
  }
});

it('counts damage, and takes up no memory for units that do not exist', async () => {
  const { made } = await decoder();
  for (let at = 0; at < 300; at += 1)
    made.push(
      Uint8Array.from({ length: 50 }, (_, index) => (index * 31 + at * 7) & 0xff),
      at * 1000,
    );
  const broken = answer(1, [1, 2, 3, 4]);
  broken[4] = 0;
  made.idle();
  made.push(ask(1, read), 400_000);
  made.push(broken, 400_050);
  made.idle();
  expect(made.summary().json).toMatchObject({ checksumErrors: 1 });
  expect(Number(made.summary().json.noiseBytes)).toBeGreaterThan(10_000);
});
