import {
  ACK,
  ANY_SLAVE,
  checkByteOf,
  type FrameCountBit,
  LONG_START,
  longFrame,
  RSP_UD,
  SELECTED,
  SHORT_LENGTH,
  SHORT_START,
  STOP,
} from '../../drivers/mbus/link/frame.ts';
import { manufacturerCode } from '../../drivers/mbus/record/header.ts';
import { pairs } from './mbus-records.ts';
import type { Duplex } from './modbus-server.ts';

/** A meter on the line. */
export interface SimulatedMeter {
  readonly primary: number;
  /** Eight digits. */
  readonly id: string;
  /** Three letters. */
  readonly manufacturer: string;
  readonly version: number;
  readonly medium: number;
  readonly status?: number;
  /** The records of each of its telegrams, without what says that more follow. */
  telegrams(): readonly (readonly number[])[];
}

export interface ServeMetersOptions {
  /** Waits before an answer of so many bytes is sent; else it is sent at once. */
  readonly pause?: (answerLength: number) => Promise<void>;
  /** The level converter gives the request back. */
  readonly echo?: boolean;
  /** Bytes that it makes of each change of direction. */
  readonly noise?: readonly number[];
}

const MORE_FOLLOW = 0x1f;
const LONG_HEADER = 0x72;

/** A meter as a slave: EN 13757-2. */
class Slave {
  readonly meter: SimulatedMeter;
  isSelected = false;
  #bit: FrameCountBit | undefined;
  #place = -1;
  #access = 0;
  #last: Uint8Array | undefined;

  constructor(meter: SimulatedMeter) {
    this.meter = meter;
  }

  isAddressed(address: number): boolean {
    return address === this.meter.primary || address === ANY_SLAVE || (address === SELECTED && this.isSelected);
  }

  reset(): void {
    this.#bit = undefined;
    this.#place = -1;
    this.#last = undefined;
  }

  /** The same bit as before asks for the last telegram again. */
  data(bit: FrameCountBit): Uint8Array {
    if (bit === this.#bit && this.#last !== undefined) return this.#last;
    this.#bit = bit;
    const telegrams = this.meter.telegrams();
    this.#place = (this.#place + 1) % telegrams.length;
    this.#access = (this.#access + 1) & 0xff;
    const more = this.#place < telegrams.length - 1 ? [MORE_FOLLOW] : [];
    const body = [...this.#header(), ...(telegrams[this.#place] ?? []), ...more];
    this.#last = longFrame([RSP_UD, this.meter.primary, LONG_HEADER, ...body]);
    return this.#last;
  }

  fits(key: Uint8Array): boolean {
    return this.#identification().every((byte, at) => {
      const asked = key[at] ?? 0;
      if (at >= 4) return asked === 0xff || asked === byte;
      return [4, 0].every(
        (shift) => ((asked >> shift) & 15) === 15 || ((asked >> shift) & 15) === ((byte >> shift) & 15),
      );
    });
  }

  #header(): readonly number[] {
    return [...this.#identification(), this.#access, this.meter.status ?? 0, 0, 0];
  }

  #identification(): readonly number[] {
    const { id, manufacturer, version, medium } = this.meter;
    const code = manufacturerCode(manufacturer);
    return [...pairs(id).reverse(), code & 0xff, code >>> 8, version, medium];
  }
}

/** Meters that share a line, and their joint answers. */
export class MeterBus {
  readonly #slaves: readonly Slave[];

  constructor(meters: readonly SimulatedMeter[]) {
    this.#slaves = meters.map((meter) => new Slave(meter));
  }

  /** The bytes of the line after a whole and sound request; nothing where nobody answers. */
  answer(request: Uint8Array): Uint8Array | undefined {
    return collided(this.#slaves.flatMap((slave) => answerOf(slave, request) ?? []));
  }
}

function answerOf(slave: Slave, request: Uint8Array): Uint8Array | undefined {
  const long = request[0] === LONG_START;
  const [control = 0, address = 0] = request.subarray(long ? 4 : 1);
  if (long) {
    // selection: the others are deselected
    if (address !== SELECTED || request[6] !== 0x52) return undefined;
    slave.isSelected = slave.fits(request.subarray(7, 15));
    if (slave.isSelected) slave.reset();
    return slave.isSelected ? Uint8Array.of(ACK) : undefined;
  }
  if (!slave.isAddressed(address)) return undefined;
  if (control === 0x40) {
    slave.reset();
    if (address === SELECTED) slave.isSelected = false;
    return Uint8Array.of(ACK);
  }
  return (control & 0xdf) === 0x5b ? slave.data((control & 0x20) === 0 ? 0 : 1) : undefined;
}

/** Of answers at one time the line carries the bits that all have: nothing that is a frame. */
function collided(answers: readonly Uint8Array[]): Uint8Array | undefined {
  const [first, ...others] = answers;
  if (first === undefined || others.length === 0) return first;
  const mixed = new Uint8Array(Math.max(...answers.map(({ length }) => length)));
  for (const [place, each] of answers.entries()) {
    // no two slaves begin at quite the same time
    for (const [at, byte] of each.entries()) mixed[at] = (mixed[at] ?? 0) ^ ((byte << (place % 3)) & 0xff) ^ place;
  }
  return mixed;
}

/** Answers for these meters until the line is gone. @returns counts of what was asked */
export function serveMeters(
  line: Duplex,
  meters: readonly SimulatedMeter[],
  options: ServeMetersOptions = {},
): { readonly answered: number } {
  const bus = new MeterBus(meters);
  const counts = { answered: 0 };
  let held: Uint8Array = new Uint8Array(0);
  let before = Promise.resolve();
  line.onBytes((chunk) => {
    held = Buffer.concat([held, chunk]);
    for (;;) {
      const found = requestIn(held);
      if (found === undefined) break;
      held = held.slice(found.end);
      if (options.echo === true) line.write(found.request);
      if (options.noise !== undefined) line.write(Uint8Array.from(options.noise));
      const answer = bus.answer(found.request);
      if (answer === undefined) continue;
      counts.answered += 1;
      const { pause } = options;
      if (pause === undefined) line.write(answer);
      else before = before.then(() => pause(answer.length)).then(() => void line.write(answer));
    }
    held = held.slice(-LONGEST_REQUEST);
  });
  return counts;
}

const LONGEST_REQUEST = 261;

/** The first whole and sound request. */
function requestIn(bytes: Uint8Array): { readonly request: Uint8Array; readonly end: number } | undefined {
  for (let at = 0; at < bytes.length; at += 1) {
    const [from, length] =
      bytes[at] === SHORT_START
        ? [1, SHORT_LENGTH]
        : bytes[at] === LONG_START
          ? [4, (bytes[at + 1] ?? 255) + 6]
          : [0, 0];
    const end = at + length;
    if (length < SHORT_LENGTH || end > bytes.length || bytes[end - 1] !== STOP) continue;
    if (bytes[end - 2] === checkByteOf(bytes, at + from, end - 2)) return { request: bytes.slice(at, end), end };
  }
  return undefined;
}
