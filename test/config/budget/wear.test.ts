import { describe, expect, test } from 'vitest';
import { NO_KEYS, pack } from '../../../agent/outbox/blocks/block.ts';
import { deflateInThread } from '../../../agent/outbox/blocks/deflating.ts';
import { recordCost } from '../../../agent/outbox/memory-outbox.ts';
import { encodedLength } from '../../../agent/outbox/segments/record-format.ts';
import * as sequence from '../../../agent/sequence/sequence.ts';
import { readingText } from '../../../agent/telemetry/reading.ts';
import * as wear from '../../../config/budget/wear.ts';
import { estimateWear, READING_BYTES, RECORD_OVERHEAD_BYTES, readingSources } from '../../../config/budget/wear.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import { meterReading } from '../../../scripts/testbed/meter-reading.ts';
import { opened, quiet } from '../../agent/outbox/disk/disk-rig.ts';
import { good, minimal } from '../support.ts';

const OUTBOX = {
  directory: '/data',
  maxBytes: 67_108_864,
  whenFull: 'drop-oldest',
  syncIntervalMs: 5000,
  backfillPerS: 2000,
} as const;
/** Ten values. */
const source = (perS: number, payloadBytes = 300) => ({ perS, payloadBytes, packedBytes: 46, deviceBytes: 8 });

const PACKING = { keys: NO_KEYS, isRepeated: false, mostDictionary: 16_384 };
const meters = (from: number, count: number, devices: number) =>
  Array.from({ length: count }, (_, index) => meterReading(from + index, devices));

describe('what readings cost the flash memory', () => {
  test('is counted with what a record and a reading really take', () => {
    const payload = readingText(
      { seq: 12_345_678, boot: '0'.repeat(36), wall: Date.UTC(2026, 10, 23), clock: 'synchronized' },
      'good',
      '"voltage":230.1',
    );
    expect(payload).toHaveLength(READING_BYTES + 15);
    const record = { seq: 1, device: 'meter-1', payload };
    expect(encodedLength(record)).toBe(RECORD_OVERHEAD_BYTES + 7 + payload.length);
    expect([wear.SEQUENCE_BLOCK, wear.SEQUENCE_SAVE_BYTES]).toEqual([
      sequence.SEQUENCE_BLOCK,
      sequence.SEQUENCE_SAVE_BYTES,
    ]);
    const memory = estimateWear({ ...OUTBOX, directory: undefined }, [source(1, payload.length)]);
    expect(memory.bytesPerReading).toBe(recordCost(record));
  });

  test('while the broker takes them is their numbers alone: a file and its folder in 5000 readings', () => {
    const { connectedBytesPerDay, readingsPerS } = estimateWear(OUTBOX, [source(100), source(50)]);
    expect(readingsPerS).toBe(150);
    expect(connectedBytesPerDay).toBe(Math.ceil(((150 * 86_400) / 5000) * 3 * 4096));
  });

  test('during an outage is whole pages in each interval, and two more for each sync', () => {
    // 10 a second for 3.75 s of 46 bytes and a block of 200: 1,925 bytes, 1 page, and 2
    const wear = estimateWear(OUTBOX, [source(10)]);
    expect(wear.outageBytesPerDay - wear.connectedBytesPerDay).toBeCloseTo((86_400 / 3.75) * 3 * 4096, -1);
    expect(wear.bytesPerReading).toBe(52);
    expect(wear.holdsS).toBe(Math.floor(67_108_864 / (460 + 200 / 3.75)));
    expect(wear.outageTerabytesPerYear).toBeCloseTo((wear.outageBytesPerDay * 365) / 1e12);
  });

  test('is no lower than what blocks of meters really take', async () => {
    for (const [devices, perSync] of [
      [1, 1],
      [1, 5],
      [8, 40],
      [36, 180],
    ] as const) {
      const first = await pack(meters(1, perSync, devices), PACKING, deflateInThread);
      const packing = { ...PACKING, keys: first.keys };
      const { bytes } = await pack(meters(perSync + 1, perSync, devices), packing, deflateInThread);
      const each = { perS: perSync / 5, payloadBytes: 1300, packedBytes: 16 + 40 * 3, deviceBytes: 8 };
      const { bytesPerReading } = estimateWear(OUTBOX, [each]);
      expect(bytesPerReading).toBeGreaterThanOrEqual(bytes.length / perSync);
      expect(bytesPerReading).toBeLessThan((3 * bytes.length) / perSync);
    }
  });

  test.each([1, 9, 36])(
    'is no lower than what the outbox counts with %i meters a second, and not twice as much',
    async (perS) => {
      const all = await opened({ maxBytes: 67_108_864, syncInterval: milliseconds(5000) });
      const before = all.outbox.status().writtenBytes;
      const seconds = 240;
      let seq = 0;
      for (let second = 0; second < seconds; second += 1) {
        for (let index = 0; index < perS; index += 1) {
          seq += 1;
          all.outbox.append(meterReading(seq, perS, perS));
          await all.clock.advance(1000 / perS);
        }
        await quiet();
      }
      const counted = all.outbox.status().writtenBytes - before;
      const each = { perS, payloadBytes: 1300, packedBytes: 16 + 40 * 3, deviceBytes: 8 };
      const wear = estimateWear(OUTBOX, [each]);
      const told = ((wear.outageBytesPerDay - wear.connectedBytesPerDay) * seconds) / 86_400;
      // it goes on for longer than the files that it began with
      expect(told).toBeGreaterThanOrEqual(counted - 4 * 4096);
      expect(told).toBeLessThan(2 * counted);
    },
  );

  test('is a sync for each reading where these come more rarely than the interval', () => {
    const { outageBytesPerDay } = estimateWear(OUTBOX, [source(0.01)]);
    expect(outageBytesPerDay).toBeCloseTo(864 * 3 * 4096 + ((864 / 5000) * 3 + 0) * 4096, -2);
  });

  test('grows with a shorter interval, and twofold with thinning', () => {
    const at = (more: object) => estimateWear({ ...OUTBOX, ...more }, [source(10)]).outageBytesPerDay;
    expect(at({ syncIntervalMs: 500 })).toBeGreaterThan(2 * at({}));
    expect(at({ whenFull: 'thin' })).toBeGreaterThan(1.9 * at({}));
  });

  test('is nothing where nothing comes', () => {
    expect(estimateWear(OUTBOX, [])).toEqual({
      ...{ readingsPerS: 0, bytesPerReading: 0, holdsS: null },
      ...{ connectedBytesPerDay: 0, outageBytesPerDay: 0, outageTerabytesPerYear: 0 },
    });
  });
});

describe('the readings of a config', () => {
  const sources = async (text: string) => {
    const { config, devices, budgets } = await good(text);
    return readingSources(config, devices, budgets);
  };
  const devices = (list: string, port = '{ path: /dev/ttyS9, baudRate: 9600 }') =>
    `gateway: gw\nmqtt: { url: 'mqtts://b:8883' }\nbuses:\n  - id: a\n    port: ${port}\n    devices: [${list}]\n`;
  const device = (id: string, rest: string) => `{ id: ${id}, driver: asked, options: { unit: 1 }, ${rest} }`;

  test('come once in each period of a device, with the values of that period', async () => {
    const points =
      'points: [{ name: q, address: 1 }, { name: rr, address: 2 }, { name: slow, address: 3, pollMs: 60000 }]';
    expect(await sources(devices(device('m', `pollMs: 2000, ${points}`)))).toEqual([
      { perS: 0.5, payloadBytes: READING_BYTES + 17 + 18, packedBytes: 22, deviceBytes: 1 },
      { perS: 1 / 60, payloadBytes: READING_BYTES + 20, packedBytes: 19, deviceBytes: 1 },
    ]);
  });

  test('without a period come as often as the line carries, and behind a serial server as often as one may', async () => {
    const each = device('m', 'pollMs: 0, points: [{ name: q, address: 1 }]');
    const serial = await sources(devices(each));
    expect(serial[0]?.perS).toBeGreaterThan(20);
    expect(serial[0]?.perS).toBeLessThan(100);
    const [far] = await sources(devices(each, '{ host: 10.0.0.7, tcpPort: 4001 }'));
    expect(far?.perS).toBeGreaterThan(50);
    expect(far?.perS).toBeLessThanOrEqual(100);
  });

  test('of a device that talks by itself come at the pace of a full line', async () => {
    const [talks] = await sources(devices('{ id: t, driver: talks, options: {} }'));
    expect(talks).toEqual({ perS: 15, payloadBytes: READING_BYTES, packedBytes: 16, deviceBytes: 1 });
  });

  test('of a device whose driver can not run are none', async () => {
    const { config, budgets } = await good(minimal());
    expect(readingSources(config, new Map(), budgets)).toEqual([]);
  });
});
