import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { expect, it } from 'vitest';
import { encodeCursor, encodeHeader, segmentName } from '../../../agent/outbox/segments/format.ts';
import { encode } from '../../../agent/outbox/segments/record-format.ts';
import { temporaryFolder } from '../../support/agent-process.ts';
import { outboxScene, saysSoon } from '../../support/outbox-scene.ts';

/** The beginning of a file as a version that is not ours would write it, its checksum in order. */
function ofVersion(header: Buffer, version: number): Buffer {
  const bytes = Buffer.from(header);
  bytes.writeUInt16LE(version, 4);
  bytes.writeUInt16LE(~version & 0xffff, 6);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, bytes.length - 4)), bytes.length - 4);
  return bytes;
}

const record = encode([{ seq: 7, device: 'unit-1', payload: '{"seq":7}' }]);
const segment = (version: number) =>
  Buffer.concat([ofVersion(encodeHeader({ number: 1, covers: 1 }), version), record]);
const cursor = (version: number) => ofVersion(encodeCursor({ generation: 1, segment: 1, seq: 3 }), version);

it.each([
  ['segments of a newer format', { [segmentName(1)]: segment(3), [segmentName(2)]: segment(3) }],
  ['segments of an older format', { [segmentName(1)]: segment(0) }],
  ['a cursor of a newer format', { [segmentName(1)]: segment(1), 'cursor-a': cursor(2) }],
  ['a cursor of an older format', { [segmentName(1)]: segment(1), 'cursor-b': cursor(0) }],
])('leaves %s as they are, says so and goes on in memory', async (_, files: Record<string, Buffer>) => {
  const directory = join(await temporaryFolder(), 'outbox');
  await mkdir(directory);
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(directory, name), bytes);
  const scene = await outboxScene(directory);
  const agent = await scene.run();
  await saysSoon(agent, /outbox\/format/);
  await scene.witness.until('readings', () => scene.readings().length > 20);
  expect(await scene.witness.until('status', () => scene.outbox())).toMatchObject({
    durable: false,
    diskFault: { code: 'outbox/format' },
    damaged: 0,
  });
  await scene.passage.cut();
  await scene.polls(60);
  await scene.passage.open();
  const from = scene.readings().length;
  await scene.witness.until('what waited', () =>
    scene
      .readings()
      .slice(from)
      .some(({ backfill }) => backfill),
  );
  expect(await agent.stop()).toEqual({ code: 0, signal: null });
  for (const [name, bytes] of Object.entries(files)) {
    expect((await readFile(join(directory, name))).equals(bytes)).toBe(true);
  }
  const others = (await readdir(directory)).filter((name) => !(name in files) && /segment|cursor/.test(name));
  expect(others).toEqual([]);
});
