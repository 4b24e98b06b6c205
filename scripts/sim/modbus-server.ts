import { crc16 } from '../../drivers/framing/crc16.ts';
import { confirmation, encodeData, encodeException } from '../../drivers/modbus/answer.ts';
import { decodeRequest, packBits, type Request } from '../../drivers/modbus/request.ts';
import { requestLength } from '../../drivers/modbus/shape.ts';

/** A line to the master, in both directions. */
export interface Duplex {
  write(bytes: Uint8Array): unknown;
  onBytes(listener: (chunk: Uint8Array) => void): void;
}

/** What a simulated device holds. Addresses are zero-based; undefined: the device has no such address. */
export interface Model {
  readonly unit: number;
  /** The most registers that one request may read; more is refused with exception 3. */
  readonly maxRegisters?: number;
  /** Registers as they go on the wire, two bytes each. */
  registers(kind: 'input' | 'holding', address: number, count: number): Uint8Array | undefined;
  bits(kind: 'coil' | 'discrete', address: number, count: number): readonly boolean[] | undefined;
  /** @returns whether the device has and takes them */
  writeRegisters(address: number, registers: Uint8Array): boolean;
  writeCoils(address: number, coils: readonly boolean[]): boolean;
}

export interface ServeOptions {
  /**
   * Waits before an answer of so many bytes is sent, as a slow line and a real device would; else it is sent at once.
   * What is asked meanwhile is answered afterwards, in order.
   */
  readonly pause?: (answerLength: number) => Promise<void>;
}

export interface Served {
  /** Requests that were answered, exceptions included. */
  readonly answered: number;
  /** Bytes in which no request could begin. */
  readonly skipped: number;
}

const LONGEST_REQUEST = 256;

/** Answers for these devices, which share one line, until the line is gone. */
export function serve(line: Duplex, models: readonly Model[], options: ServeOptions = {}): Served {
  const units = new Map(models.map((model) => [model.unit, model]));
  const counts = { answered: 0, skipped: 0 };
  let held: Uint8Array = new Uint8Array(0);
  let before = Promise.resolve();
  const send = (answer: Uint8Array) => {
    counts.answered += 1;
    const { pause } = options;
    if (pause === undefined) line.write(answer);
    else before = before.then(() => pause(answer.length)).then(() => void line.write(answer));
  };
  line.onBytes((chunk) => {
    held = Buffer.concat([held, chunk]);
    let done = 0;
    let waiting = false;
    for (let at = 0; at < held.length; ) {
      const length = requestLength(held, at);
      const whole = typeof length === 'number' && at + length <= held.length;
      if (whole && crc16(held, at, at + length) === 0) {
        const model = units.get(held[at] ?? 0);
        if (model !== undefined) send(answerTo(model, held.slice(at, at + length)));
        at += length;
        done = at;
        waiting = false;
        continue;
      }
      // What could still become a request is kept; a later whole one shows that it was noise.
      if (length !== 'none' && !whole) waiting = true;
      at += 1;
      if (!waiting) {
        done = at;
        counts.skipped += 1;
      }
    }
    held = held.slice(Math.max(done, held.length - LONGEST_REQUEST));
  });
  return counts;
}

/** The whole frame by which a device answers a whole request with a right checksum. */
function answerTo(model: Model, frame: Uint8Array): Uint8Array {
  const request = decodeRequest(frame);
  const refuse = (exception: number) => encodeException(model.unit, frame[1] ?? 0, exception);
  if (request === undefined) return refuse(3);
  if (!fits(request, model)) return refuse(3);
  const { unit } = model;
  switch (request.function) {
    case 1:
    case 2: {
      const bits = model.bits(request.function === 1 ? 'coil' : 'discrete', request.address, request.count);
      return bits === undefined ? refuse(2) : encodeData(unit, request, packBits(bits));
    }
    case 3:
    case 4: {
      const kind = request.function === 3 ? 'holding' : 'input';
      const data = model.registers(kind, request.address, request.count);
      return data === undefined ? refuse(2) : encodeData(unit, request, data);
    }
    case 5:
      return model.writeCoils(request.address, [request.on]) ? confirmation(unit, request) : refuse(2);
    case 15:
      return model.writeCoils(request.address, request.coils) ? confirmation(unit, request) : refuse(2);
    case 6:
    case 16:
      return model.writeRegisters(request.address, request.registers) ? confirmation(unit, request) : refuse(2);
    case 23: {
      // V1.1b3, 6.17: the write is done before the read.
      if (!model.writeRegisters(request.writeAddress, request.registers)) return refuse(2);
      const data = model.registers('holding', request.address, request.count);
      return data === undefined ? refuse(2) : encodeData(unit, request, data);
    }
  }
}

function fits(request: Request, model: Model): boolean {
  const most = model.maxRegisters ?? 125;
  return !('count' in request) || request.function <= 2 || request.count <= most;
}
