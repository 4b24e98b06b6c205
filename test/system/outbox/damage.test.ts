import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SEGMENT_HEADER, segmentNumber } from '../../../agent/outbox/segments/format.ts';
import { FrameWalk } from '../../../agent/outbox/segments/frames.ts';
import { temporaryFolder } from '../../support/agent-process.ts';
import { recordsIn, recordsOnDisk } from '../../support/outbox-folder.ts';
import { outboxScene, saysSoon } from '../../support/outbox-scene.ts';
import { until } from '../../support/patience.ts';

const WAITING = 500;
/** Small segments, so that there are some. */
const MAX_BYTES = 262_144;
/** So many readings the last segment holds at least, so that each damage hits some. How small they are deflated is not known. */
const LEAST_READINGS = 40;

const segmentsOf = async (folder: string) =>
  (await readdir(folder)).filter((name) => segmentNumber(name) !== undefined).sort();

async function lastHolds(folder: string): Promise<boolean> {
  const last = (await segmentsOf(folder)).at(-1);
  return last !== undefined && recordsIn(await readFile(join(folder, last))).length >= LEAST_READINGS;
}

/**
 * Within the readings of the block at this share of a segment, 1 being its last one. Its head stays, and says how many they are:
 * without a head that is only estimated (test/agent/outbox/blocks/block.test.ts).
 */
function within(segment: Buffer, share: number): number {
  const walk = new FrameWalk(segment, SEGMENT_HEADER, false);
  let place = 0;
  for (let frame = walk.next(); frame !== undefined; frame = walk.next()) {
    const { kind, at, end } = frame;
    if (kind === 'block' || kind === 'record') place = Math.floor(end - (end - at) / 4);
    if (end > segment.length * share) break;
  }
  return place;
}

async function flipBit(file: string, share: number): Promise<void> {
  const bytes = await readFile(file);
  const at = within(bytes, share);
  bytes.writeUInt8((bytes[at] ?? 0) ^ 0x10, at);
  await writeFile(file, bytes);
}

const DAMAGES: Readonly<Record<string, (first: string, last: string) => Promise<void>>> = {
  'a tail that is cut off': async (_, last) => truncate(last, (await readFile(last)).length - 37),
  'an end of zeros': async (_, last) => {
    const bytes = await readFile(last);
    await writeFile(last, bytes.fill(0, within(bytes, 1)));
  },
  'flipped bits': async (first, last) => {
    await flipBit(first, 0.4);
    await flipBit(last, 0.7);
  },
};

it.each(Object.entries(DAMAGES))(
  'after %s it delivers the rest, counts the loss and misreads nothing',
  async (_, damage) => {
    const directory = join(await temporaryFolder(), 'outbox');
    const scene = await outboxScene(directory, { maxBytes: MAX_BYTES });
    await scene.passage.cut();
    do {
      const before = await scene.run();
      await until('a backlog on disk', async () => (await recordsOnDisk(directory)).length >= WAITING);
      await until('readings in the last segment', () => lastHolds(directory));
      before.signal('SIGKILL');
      await before.ended;
      // it may have begun another segment in the meantime
    } while (!(await lastHolds(directory)));
    const written = new Map((await recordsOnDisk(directory)).map(({ seq, payload }) => [seq, payload]));
    const segments = await segmentsOf(directory);
    const [first, last] = [segments[0], segments.at(-1)].map((name) => join(directory, name ?? ''));
    await damage(first ?? '', last ?? '');

    const agent = await scene.run();
    await saysSoon(agent, /"outbox durable"/);
    await scene.passage.open();
    await scene.witness.until('live readings', () => scene.readings().at(-1)?.backfill === false);
    const outbox = await scene.untilOutbox('the loss', ({ damaged, held }) => damaged > 0 && held < 20);
    const delivered = new Map(scene.readings().map(({ backfill: _, ...rest }) => [rest.seq, JSON.stringify(rest)]));
    const lost = [...written.keys()].filter((seq) => !delivered.has(seq));
    expect(lost.length).toBeGreaterThan(0);
    // a flipped bit costs at most the rest of its segment
    expect(lost.length).toBeLessThan(written.size / 2);
    expect(outbox.damaged).toBeGreaterThan(0);
    expect(Math.abs(outbox.damaged - lost.length)).toBeLessThanOrEqual(2);
    for (const [seq, payload] of written) {
      const text = delivered.get(seq);
      if (text !== undefined) expect(text).toBe(payload);
    }
    // every reading has a number of this agent's or of the files: none is made up
    expect(Math.max(...delivered.keys())).toBeLessThan(Math.max(...written.keys()) + 20_000);
  },
);
