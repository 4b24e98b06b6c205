import { type Data, DataWalk, readData, readLength } from './a-xdr.ts';

export const DATA_NOTIFICATION = 0x0f;
export const EVENT_NOTIFICATION = 0xc2;
export const GENERAL_GLO_CIPHERING = 0xdb;
export const GENERAL_DED_CIPHERING = 0xdc;
export const GENERAL_BLOCK_TRANSFER = 0xe0;

/** Of a date-time: twelve bytes, or none. */
const DATE_TIME = 12;
const OCTET_STRING = 9;
/** Tag and long-invoke-id-and-priority. */
const NOTIFICATION_HEAD = 5;
/** Class, code and attribute. */
const DESCRIPTOR = 9;

/** Tags of array and structure. */
const LISTS = new Set([1, 2]);

export interface Notification {
  /** The time of sending, by the meter: twelve bytes. */
  readonly dateTime: Uint8Array | undefined;
  readonly body: Data;
  /** Of an event notification: the attribute whose value the body is. */
  readonly attribute: { readonly classId: number; readonly code: Uint8Array; readonly attribute: number } | undefined;
}

type Start =
  | { readonly at: number; readonly dateTime: Uint8Array | undefined; readonly descriptor: Uint8Array | undefined }
  | 'more'
  | 'malformed';

/** Where the data of a notification begins (IEC 62056-53: DataNotification, EventNotificationRequest). */
function startOf(bytes: Uint8Array, at: number, end: number): Start {
  if (bytes[at] === EVENT_NOTIFICATION) return eventStart(bytes, at, end);
  if (end - at < NOTIFICATION_HEAD + 1) return 'more';
  // The date-time is a bare octet string; Kaifa writes it with its tag.
  const tagged = bytes[at + NOTIFICATION_HEAD] === OCTET_STRING ? 1 : 0;
  const head = at + NOTIFICATION_HEAD + tagged;
  const length = head < end ? bytes[head] : undefined;
  if (length === undefined) return 'more';
  if (length !== 0 && length !== DATE_TIME) return 'malformed';
  if (head + 1 + length > end) return 'more';
  return { at: head + 1 + length, dateTime: dateOf(bytes, head + 1, length), descriptor: undefined };
}

function eventStart(bytes: Uint8Array, at: number, end: number): Start {
  const isTimed = at + 1 < end ? bytes[at + 1] : undefined;
  if (isTimed === undefined) return 'more';
  if (isTimed > 1) return 'malformed';
  let next = at + 2;
  let dateTime: Uint8Array | undefined;
  if (isTimed === 1) {
    const length = readLength(bytes, next, end);
    if (typeof length === 'string') return length;
    if (length.value !== DATE_TIME) return 'malformed';
    if (length.next + DATE_TIME > end) return 'more';
    dateTime = dateOf(bytes, length.next, DATE_TIME);
    next = length.next + DATE_TIME;
  }
  if (next + DESCRIPTOR > end) return 'more';
  return { at: next + DESCRIPTOR, dateTime, descriptor: bytes.subarray(next, next + DESCRIPTOR) };
}

function dateOf(bytes: Uint8Array, at: number, length: number): Uint8Array | undefined {
  return length === 0 ? undefined : bytes.subarray(at, at + length);
}

/** A notification that fills the bytes; null-data behind it means nothing. */
export function readNotification(bytes: Uint8Array): Notification | 'malformed' | 'unsupported' {
  const start = startOf(bytes, 0, bytes.length);
  if (typeof start === 'string') return 'malformed';
  const read = readData(bytes, start.at);
  if (typeof read === 'string') return read;
  for (let index = read.next; index < bytes.length; index += 1) if (bytes[index] !== 0) return 'malformed';
  const { dateTime, descriptor } = start;
  const attribute = descriptor && {
    classId: ((descriptor[0] ?? 0) << 8) | (descriptor[1] ?? 0),
    code: descriptor.subarray(2, 8),
    attribute: descriptor[8] ?? 0,
  };
  return { dateTime, body: read.data, attribute };
}

/** Finds the end of a notification in bytes that are still coming. */
export class NotificationWalk {
  readonly #at: number;
  #data: DataWalk | undefined;

  constructor(at: number) {
    this.#at = at;
  }

  walk(bytes: Uint8Array, end: number): number | 'more' | 'malformed' | 'unsupported' {
    if (this.#data === undefined) {
      const start = startOf(bytes, this.#at, end);
      if (typeof start === 'string') return start;
      if (start.descriptor === undefined) {
        // Of bytes in the middle of a telegram many look like a short notification; one that is pushed is a list.
        if (start.at >= end) return 'more';
        if (!LISTS.has(bytes[start.at] ?? 0)) return 'malformed';
      }
      this.#data = new DataWalk(start.at);
    }
    return this.#data.walk(bytes, end);
  }
}

/** One block of a general block transfer (IEC 62056-5-3). */
export interface Block {
  readonly number: number;
  readonly last: boolean;
  readonly data: Uint8Array;
  readonly next: number;
}

/** Tag, control, number, number acknowledged, length, data. */
export function readBlock(bytes: Uint8Array, at: number, end: number): Block | 'more' | 'malformed' {
  const length = end - at < 7 ? 'more' : readLength(bytes, at + 6, end);
  if (typeof length === 'string') return length;
  const next = length.next + length.value;
  if (next > end) return 'more';
  return {
    number: ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0),
    last: ((bytes[at + 1] ?? 0) & 0x80) !== 0,
    data: bytes.subarray(length.next, next),
    next,
  };
}
