import { expect, it } from 'vitest';
import { joined, pcapOf } from '../../../agent/capture/pcap.ts';
import { hex } from '../../support/transcript.ts';

/** Reads a file by the description of its form, and nothing of ours. */
function packetsOf(file: Uint8Array) {
  const view = Buffer.from(file);
  expect(view.readUInt32BE(0)).toBe(0xa1b2c3d4);
  expect([view.readUInt16BE(4), view.readUInt16BE(6), view.readUInt32BE(20)]).toEqual([2, 4, 250]);
  const packets: { seconds: number; micros: number; event: number; bytes: Buffer }[] = [];
  for (let at = 24; at < view.length; ) {
    const length = view.readUInt32BE(at + 8);
    expect(view.readUInt32BE(at + 12)).toBe(length);
    const data = view.subarray(at + 16, at + 16 + length);
    expect(data.readUInt32BE(0)).toBe(view.readUInt32BE(at));
    packets.push({
      seconds: view.readUInt32BE(at),
      micros: view.readUInt32BE(at + 4),
      event: data[8] ?? -1,
      bytes: data.subarray(12),
    });
    at += 16 + length;
  }
  return packets;
}

const BEGAN = Date.UTC(2026, 10, 23, 10, 15, 2, 113);

it('is a pcap file of RTAC serial packets with times and directions', () => {
  const packets = packetsOf(
    pcapOf({
      began: BEGAN,
      records: [
        { kind: 'opened', at: 0 },
        { kind: 'sent', at: 900, bytes: hex('01 03') },
        { kind: 'received', at: 1000.25, bytes: hex('01 83') },
        { kind: 'lost', at: 2000, count: 5 },
      ],
    }),
  );
  const second = Math.floor(BEGAN / 1000);
  expect(
    packets.map(({ seconds, micros, event, bytes }) => [seconds - second, micros, event, bytes.toString('hex')]),
  ).toEqual([
    [1, 13_000, 1, '0103'],
    [1, 113_250, 2, '0183'],
    [2, 113_000, 5, ''],
  ]);
});

it('joins portions of one frame, and nothing else', () => {
  const part = (kind: 'sent' | 'received', at: number, text: string) => ({ kind, at, bytes: hex(text) });
  const whole = joined([
    part('sent', 0, '01'),
    part('received', 1, '02'),
    part('received', 17, '03'),
    part('received', 33, '04'),
    part('received', 60, '05'),
    part('sent', 61, '06'),
  ]);
  expect(
    whole.map((record) => [record.kind, record.at, 'bytes' in record && Buffer.from(record.bytes).toString('hex')]),
  ).toEqual([
    ['sent', 0, '01'],
    ['received', 1, '020304'],
    ['received', 60, '05'],
    ['sent', 61, '06'],
  ]);
});

it('never makes a packet longer than its file says, whatever comes without a pause', () => {
  const records = Array.from({ length: 300 }, () => ({ kind: 'received' as const, at: 0, bytes: new Uint8Array(256) }));
  const packets = packetsOf(pcapOf({ records }));
  expect(Math.max(...packets.map(({ bytes }) => bytes.length))).toBeLessThanOrEqual(65_535 - 12);
  expect(packets.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBe(300 * 256);
});
