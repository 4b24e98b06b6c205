import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CAPTURE_FILE_BYTES, CAPTURE_LINE_BYTES, type CaptureRecord } from '../../../agent/capture/capture.ts';
import { readCapture } from '../../../agent/capture/read.ts';
import { captureHead, captureText } from '../../../agent/capture/write.ts';
import { hex } from '../../support/transcript.ts';

const read = (text: string) => readCapture(Buffer.from(text, 'utf8'));
const BEGAN = Date.UTC(2026, 10, 23, 10, 15, 2, 113);
const LINE = { baudRate: 19_200, dataBits: 8, parity: 'even', stopBits: 1 } as const;

describe('a capture', () => {
  it('is text with directions, times, settings and losses', () => {
    const records: readonly CaptureRecord[] = [
      { kind: 'opened', at: 0 },
      { kind: 'sent', at: 12, bytes: hex('01 03 00 00 00 02 C4 0B') },
      { kind: 'received', at: 34.5, bytes: hex('01 83 02 C0 F1') },
      { kind: 'lost', at: 3100, count: 128 },
      { kind: 'closed', at: 9000 },
      { kind: 'end', at: 60_000, why: 'time' },
    ];
    const text = captureHead({ began: BEGAN, line: LINE }) + records.map(captureText).join('');
    expect(text.split('\n').slice(1)).toEqual([
      '-- capture 1',
      '-- began 2026-11-23T10:15:02.113Z',
      '-- line 19200 8E1',
      '-- opened @0.000000',
      '>> 01 03 00 00 00 02 C4 0B @0.012000',
      '<< 01 83 02 C0 F1 @0.034500',
      '-- lost 128 bytes @3.100000',
      '-- closed @9.000000',
      '-- end time @60.000000',
      '',
    ]);
    expect(read(text)).toEqual({ ok: true, capture: { began: BEGAN, line: LINE, records } });
  });

  it('is read back as it was written, whatever the bytes and times', () => {
    const record = fc.record({
      kind: fc.constantFrom('sent' as const, 'received' as const),
      at: fc.integer({ min: 0, max: 1_000_000_000 }).map((micros) => micros / 1000),
      bytes: fc.uint8Array({ minLength: 1, maxLength: CAPTURE_LINE_BYTES }),
    });
    fc.assert(
      fc.property(fc.array(record, { maxLength: 8 }), (some) => {
        const records = some.toSorted((a, b) => a.at - b.at);
        const back = read(captureHead({}) + records.map(captureText).join(''));
        expect(back.ok && back.capture.records.map(({ kind }) => kind)).toEqual(records.map(({ kind }) => kind));
        for (const [index, each] of (back.ok ? back.capture.records : []).entries()) {
          expect('bytes' in each && Uint8Array.from(each.bytes)).toEqual(records[index]?.bytes);
          expect(each.at).toBeCloseTo(records[index]?.at ?? Number.NaN, 3);
        }
      }),
    );
  });

  it('splits what does not fit into a line', () => {
    const text = captureText({ kind: 'received', at: 0, bytes: new Uint8Array(600) });
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ').length - 2),
    ).toEqual([256, 256, 88]);
  });

  it('can be written by hand, with remarks and without times', () => {
    const back = read(
      '# my meter is silent\r\n>> 01 03 00 00 00 01 84 0a   # the first register\r\n\r\n<< 01 83 02 c0 f1\r\n',
    );
    expect(back.ok && back.capture.records.map(({ kind, at }) => [kind, at])).toEqual([
      ['sent', 0],
      ['received', 0],
    ]);
  });

  it('has times that never go back', () => {
    const back = read('>> 01 @5\n<< 02 @1\n');
    expect(back.ok && back.capture.records.map(({ at }) => at)).toEqual([5000, 5000]);
  });
});

describe('a hostile file', () => {
  const refused: readonly (readonly [text: string, line: number])[] = [
    ['>> 01\n>> 0', 2],
    ['>> 01 0G', 1],
    ['> 01', 1],
    ['-- capture 2', 1],
    ['-- line 19200 8X1', 1],
    ['-- line 19200 9N1', 1],
    ['-- lost -1 bytes', 1],
    ['-- began tomorrow', 1],
    ['>> 01 @1e9', 1],
    ['>> 01 @-1', 1],
    [`>> 01\n\n<<${' 00'.repeat(CAPTURE_LINE_BYTES + 1)}`, 3],
    [`#${'x'.repeat(2000)}`, 1],
    ['\u0000', 1],
  ];
  it.each(refused)('is refused by the number of the line: %j', (text, line) => {
    const back = read(text);
    expect(back.ok ? undefined : back.line).toBe(line);
    expect(back.ok ? '' : back.why).not.toContain(text.slice(-3));
  });

  it('is refused for its size before it is looked at', () => {
    expect(readCapture(new Uint8Array(CAPTURE_FILE_BYTES + 1))).toMatchObject({
      ok: false,
      why: 'the file is too large',
    });
  });

  it('is refused where it has too many records', () => {
    expect(read('>> 01\n'.repeat(400_001))).toMatchObject({ ok: false, line: 400_001 });
  });

  it('never makes the reader throw', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void readCapture(bytes)));
    const words = fc.constantFrom('>> ', '<< ', '-- ', 'line ', '@1', ' 01', '\n', '8E1', 'lost ', '9', '#');
    fc.assert(fc.property(fc.array(words, { maxLength: 40 }), (all) => void read(all.join(''))));
  });
});
