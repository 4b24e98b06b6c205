/** MQTT 3.1.1 and 5, 2.2.1: type 3 in the upper half of the first byte. */
const PUBLISH = 3;
const PUBACK = 4;
/**
 * mosquitto answers a message beyond its `message_size_limit` with PUBACK 149, which MQTT 5 does not list there (table
 * 3-4), and MQTT.js breaks the connection for it. 153 can not come by itself: we never say what a payload's format is.
 */
const PACKET_TOO_LARGE = 149;
export const STANDS_FOR_TOO_LARGE = 153;
/** MQTT 3.1.1 and 5, 2.2.3 and 2.1.4: the length takes at most four bytes. */
const LONGEST_LENGTH = 4;

type Mode = 'header' | 'pass' | 'collect' | 'skip';

/**
 * Bounds what the broker may send, before any of it is kept: MQTT.js collects a packet of up to 256 MB whole. A
 * PUBLISH that is too long goes on without its payload, so that it can be answered and does not come again; anything
 * else that is too long, or no MQTT at all, breaks the connection.
 */
export class InboundGate {
  readonly #longest: number;
  readonly #version: 4 | 5;
  #mode: Mode = 'header';
  /** Bytes of the fixed header so far. */
  #header: number[] = [];
  /** Bytes of the packet's body that are still to come. */
  #rest = 0;
  #head = Buffer.alloc(0);
  #publishes = 0;
  /** The publishes, counted from 0, that lost their payload and have not been asked for. */
  readonly #cut = new Set<number>();
  #asked = 0;
  #broken = false;

  /** @param longest bytes of a packet's body that are passed whole */
  constructor(longest: number, version: 4 | 5) {
    this.#longest = longest;
    this.#version = version;
  }

  /** Set for good once the stream can't be followed; nothing is passed on any more. */
  get broken(): boolean {
    return this.#broken;
  }

  /** Asked once for each PUBLISH that came out, in order: whether it lost its payload. */
  wasCut(): boolean {
    this.#asked += 1;
    return this.#cut.delete(this.#asked - 1);
  }

  /** The part of the chunk that goes on; mostly the chunk itself. */
  push(chunk: Buffer): Buffer[] {
    const out: Buffer[] = [];
    let from = 0;
    let at = 0;
    while (at < chunk.length && !this.#broken) {
      if (this.#mode === 'header') {
        const before = this.#header.length;
        const byte = chunk[at] ?? 0;
        at += 1;
        if (before === 0 && from < at - 1) out.push(chunk.subarray(from, at - 1));
        from = at;
        this.#headerByte(byte, out);
      } else {
        const count = Math.min(this.#rest, chunk.length - at);
        this.#rest -= count;
        if (this.#mode === 'collect') this.#collect(chunk.subarray(at, at + count), out);
        at += count;
        if (this.#mode !== 'pass') from = at;
        if (this.#rest === 0) this.#mode = 'header';
      }
    }
    if (from < at && !this.#broken) out.push(chunk.subarray(from, at));
    return out;
  }

  #headerByte(byte: number, out: Buffer[]): void {
    const header = this.#header;
    header.push(byte);
    if (header.length === 1) return;
    if (byte >= 0x80) {
      this.#broken = header.length > LONGEST_LENGTH;
      return;
    }
    const [first = 0, ...length] = header;
    this.#header = [];
    this.#rest = length.reduce((sum, digit, place) => sum + (digit & 0x7f) * 128 ** place, 0);
    const publish = first >> 4 === PUBLISH;
    if (publish) this.#publishes += 1;
    if (first >> 4 === PUBACK && this.#version === 5 && this.#rest > 2 && this.#rest <= this.#longest) {
      this.#mode = 'collect';
      this.#head = Buffer.from(header);
    } else if (this.#rest <= this.#longest) {
      out.push(Buffer.from(header));
      this.#mode = this.#rest === 0 ? 'header' : 'pass';
    } else if (publish) {
      this.#mode = 'collect';
      this.#head = Buffer.from([first]);
    } else {
      this.#broken = true;
    }
  }

  #collect(part: Buffer, out: Buffer[]): void {
    this.#head = Buffer.concat([this.#head, part]);
    if ((this.#head[0] ?? 0) >> 4 === PUBLISH) this.#cutPublish(out);
    else if (this.#rest === 0) out.push(withListedReason(this.#head));
  }

  /** Topic, packet identifier and properties go on; the bytes behind them are the payload. */
  #cutPublish(out: Buffer[]): void {
    const first = this.#head[0] ?? 0;
    const body = this.#head.subarray(1);
    const end = variableHeader(body, (first & 0x06) !== 0, this.#version);
    if (end === undefined || end > body.length) {
      this.#broken = body.length > this.#longest;
      return;
    }
    out.push(Buffer.concat([Buffer.from([first, ...lengthBytes(end)]), body.subarray(0, end)]));
    this.#cut.add(this.#publishes - 1);
    this.#head = Buffer.alloc(0);
    this.#mode = 'skip';
  }
}

/** The reason follows the packet identifier (MQTT 5, 3.4.2). */
function withListedReason(puback: Buffer): Buffer {
  const at = puback.findIndex((byte, index) => index > 0 && byte < 0x80) + 3;
  if (puback[at] === PACKET_TOO_LARGE) puback[at] = STANDS_FOR_TOO_LARGE;
  return puback;
}

/** Where the payload of a PUBLISH begins (MQTT 5, 3.3.2), or undefined while that can't be said. */
function variableHeader(body: Buffer, identified: boolean, version: 4 | 5): number | undefined {
  if (body.length < 2) return undefined;
  let at = 2 + body.readUInt16BE(0) + (identified ? 2 : 0);
  if (version === 4) return at;
  let properties = 0;
  for (let place = 0; place < LONGEST_LENGTH; place += 1) {
    const byte = body[at];
    if (byte === undefined) return undefined;
    at += 1;
    properties += (byte & 0x7f) * 128 ** place;
    if (byte < 0x80) break;
  }
  return at + properties;
}

function lengthBytes(length: number): number[] {
  const bytes: number[] = [];
  let rest = length;
  do {
    const digit = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? digit | 0x80 : digit);
  } while (rest > 0);
  return bytes;
}
