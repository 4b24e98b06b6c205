import type { OutboxRecord } from '../../../agent/outbox/outbox.ts';
import { meterReading } from '../../testbed/meter-reading.ts';

/** The common calls of the outbox and its peers, so that one program measures them all. */
export interface Store {
  /** Settles once what it holds can be read. */
  open(): Promise<void>;
  /** Never waits; each record is on disk within {@link SYNC_EVERY}. */
  append(record: OutboxRecord): void;
  /** The oldest after `afterSeq`, at least one if there is any. */
  peek(count: number, afterSeq: number): Promise<readonly OutboxRecord[]>;
  acknowledgeThrough(seq: number): void;
  /** Bytes, about, that were appended and are still to be handed to the operating system. */
  waiting(): number;
  /** Readings held. */
  held(): number;
  /** Settles once everything is on disk. */
  close(): Promise<void>;
}

/** One that drops its oldest where they would take more than it may. */
export interface BoundedStore extends Store {
  /** Readings, since it was opened. */
  dropped(): number;
  /** Bytes of whole pages that it had synced, since it was opened. */
  pagesWritten(): number;
}

export const SUBJECTS = ['fieldward', 'classic-level', 'node:sqlite'] as const;
export type StoreName = (typeof SUBJECTS)[number];

/** The config's default of `outbox.syncIntervalMs`; the peers sync their groups as often. */
export const SYNC_EVERY = 5000;
/** A store that gathers in memory writes at the latest when it holds so much. */
export const GATHERED = 1_048_576;
/** The config's default of `outbox.maxBytes`; it is filled to this share, so that nothing is dropped by anyone. */
export const MAX_BYTES = 67_108_864;
export const FILLED = 0.9;

const DEVICES = 8;
/** Each of them is read once a second. */
export const METERS = 36;

/** Bytes of payload with values that have nothing in common; or readings of energy meters, in which most is as before. */
export type Payload = number | 'meters';

/** A reading as the agent makes them. */
export function recordOf(seq: number, payloadBytes: Payload): OutboxRecord {
  if (payloadBytes === 'meters') return meterReading(seq, METERS);
  const at = new Date(1_764_000_000_000 + seq * 7).toISOString();
  const head = `{"seq":${seq},"boot":"6f1c2a90-54d3-4b2e-9a55-0c7d1e8f3b62","at":"${at}","clock":"synchronized","quality":"good","values":{`;
  const members: string[] = [];
  for (let length = head.length + 2, point = 0; length < payloadBytes; point += 1) {
    // values that differ, as measured ones do: a store that compresses finds no more in them than in the field
    const member = `"p${point}":${((seq * 7919 + point * 104_729) % 1_000_003) / 1000}`;
    length += member.length + 1;
    members.push(member);
  }
  return { seq, device: `meter-${seq % DEVICES}`, payload: `${head}${members.join(',')}}}` };
}

/** How many of them fill 64 MiB, counted without anybody's overhead. */
export function recordsToFill(payloadBytes: Payload): number {
  let bytes = 0;
  for (let seq = 1; seq <= 100; seq += 1) {
    const { device, payload } = recordOf(seq, payloadBytes);
    bytes += device.length + payload.length;
  }
  return Math.floor((MAX_BYTES * FILLED) / (bytes / 100 + RECORD_HEAD));
}

/** Number, length and checksum, in any form. */
const RECORD_HEAD = 18;
