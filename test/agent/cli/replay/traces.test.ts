import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { joined } from '../../../../agent/capture/pcap.ts';
import { readCapture } from '../../../../agent/capture/read.ts';
import type { HeardItem } from '../../../../agent/cli/listen/decoder.ts';
import { decoderOf, isListenDriver } from '../../../../agent/cli/listen/decoders.ts';
import { ReplayDevice } from '../../../../agent/cli/replay/replay-device.ts';
import { lineTiming, UNKNOWN_LINE } from '../../../../drivers/port/line.ts';

const FOLDER = join(import.meta.dirname, '../../../data/traces');
const NAMES = readdirSync(FOLDER).filter((name) => name.endsWith('.capture'));

function captureOf(name: string) {
  const read = readCapture(readFileSync(join(FOLDER, name)));
  if (!read.ok) throw new Error(`${name}: line ${read.line}: ${read.why}`);
  return read.capture;
}

async function heardIn(name: string) {
  const { records, line } = captureOf(name);
  const driver = name.replace('.capture', '');
  if (!isListenDriver(driver)) throw new Error(`${name}: is named by its driver`);
  const items: HeardItem[] = [];
  const setup = { line: line === undefined ? UNKNOWN_LINE : lineTiming(line), seesSilence: false };
  const decoder = await decoderOf(driver, setup, { heard: (item) => items.push(item), passed: () => undefined });
  for (const record of records) if ('bytes' in record) decoder.push(record.bytes, record.at);
  decoder.idle();
  return { items, summary: decoder.summary() };
}

it('there are traces', () => {
  expect(NAMES.length).toBeGreaterThan(1);
});

it.each(NAMES)('%s is understood from its beginning to its end', async (name) => {
  const { summary } = await heardIn(name);
  expect(summary.frames).toBeGreaterThan(0);
  expect(summary.json.checksumErrors ?? 0).toBe(0);
});

it.each(NAMES)('%s is replayed as it was recorded', (name) => {
  const capture = captureOf(name);
  const device = new ReplayDevice(capture);
  const parts = joined(capture.records).filter((record) => 'bytes' in record);
  let due = '';
  for (const part of parts) {
    const text = Buffer.from(part.bytes).toString('hex');
    if (part.kind === 'sent') {
      due = device
        .take(part.bytes)
        .flat()
        .map(({ bytes }) => Buffer.from(bytes).toString('hex'))
        .join('');
    } else if (device.size > 0) expect(due).toBe(text);
  }
  expect(device.counts.unknownBytes).toBe(0);
});

it('modbus-rtu.capture holds an answer, a refusal and a silence', async () => {
  const { summary } = await heardIn('modbus-rtu.capture');
  expect(summary.json.units).toMatchObject([
    { unit: 1, function: 1, requests: 4, answers: 4 },
    { unit: 1, function: 3, requests: 4, answers: 4 },
    { unit: 2, function: 3, requests: 4, answers: 4 },
    { unit: 2, function: 4, requests: 4, answers: 0, exceptions: { 2: 4 } },
    { unit: 3, function: 3, requests: 1, unanswered: 1 },
  ]);
});
