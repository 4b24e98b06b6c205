import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { StreamDevice } from '../../drivers/contract/driver.ts';
import { device } from '../drivers/vedirect/wire.ts';
import { cutsOf, describeCaptures, framesOf } from './captures.ts';

/** The captures tell values as sent, by label. */
function listener(labels: readonly string[]): StreamDevice {
  const points = labels.map((label, index) => ({ name: `p${index}`, label }));
  return device({}, points.length === 0 ? [{ name: 'v', label: 'V' }] : points);
}

function hear(of: StreamDevice, labels: readonly string[], chunks: readonly Uint8Array[]) {
  const blocks: Record<string, string>[] = [];
  let faults = 0;
  const framer = of.framer();
  for (const chunk of chunks) {
    framer.push(chunk, (frame) => {
      const decoded = of.decode(frame);
      if ('fault' in decoded) faults++;
      else if (decoded.samples.length > 0) {
        blocks.push(
          Object.fromEntries(
            decoded.samples.map(({ point, value }) => [labels[Number(point.slice(1))] ?? '', String(value)]),
          ),
        );
      }
    });
  }
  return { blocks, faults };
}

describeCaptures('vedirect', (captures) => {
  const frames = framesOf(captures);
  const labels = [...new Set(frames.flatMap(({ values }) => values.map(({ key }) => key ?? '')))];
  const expected = (values: readonly { readonly key: string | null; readonly value: unknown }[]) =>
    Object.fromEntries(values.map(({ key, value }) => [key ?? '', String(value)]));

  test('give every value of each good frame and none of a refused one, cut anywhere', () => {
    const of = listener(labels);
    for (const { name, ok, bytes, values } of frames) {
      const whole = ok === true && values.length > 0 ? [expected(values)] : [];
      for (const cut of cutsOf(bytes)) {
        const heard = hear(of, labels, cut);
        expect(heard.blocks, name).toEqual(whole);
        if (ok === false) expect(heard.faults, name).toBeGreaterThan(0);
      }
    }
  });

  describe('as whole recordings', () => {
    const recordings = captures.filter(({ document }) => typeof document.file === 'string');
    test.each(recordings.map((capture) => [capture.name, capture] as const))('%s', (_name, capture) => {
      const path = fileURLToPath(
        new URL(`../../../shared/captures/vedirect/${capture.document.file}`, import.meta.url),
      );
      const stream = Uint8Array.from(readFileSync(path));
      const good = capture.frames.filter(({ ok }) => ok === true).map(({ values }) => expected(values));
      const of = listener(labels);
      for (const size of [1, 7, 113, stream.length]) {
        const chunks: Uint8Array[] = [];
        for (let at = 0; at < stream.length; at += size) chunks.push(stream.subarray(at, at + size));
        const heard = hear(of, labels, chunks);
        expect(heard.blocks).toEqual(good);
        expect(heard.faults).toBe(capture.frames.filter(({ ok }) => ok === false).length);
      }
    });
  });
});
