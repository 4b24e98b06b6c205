import { confirmationPdu, dataPdu, exceptionPdu } from '../../drivers/modbus/answer.ts';
import { packBits, type Request, requestOf } from '../../drivers/modbus/request.ts';
import { CUTS, type Framing } from './modbus-framing.ts';
import { type IdentificationObjects, identificationPdu } from './modbus-identification.ts';

/** A line to the master, in both directions. */
export interface Duplex {
  write(bytes: Uint8Array): unknown;
  onBytes(listener: (chunk: Uint8Array) => void): void;
}

/** The content of a simulated device. Addresses are zero-based; undefined: the device has no such address. */
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
  /** Its account of itself; absent: it does not know the function. */
  readonly identification?: IdentificationObjects;
}

export interface ServeOptions {
  /**
   * Waits before an answer of so many bytes is sent, as a slow line and a real device would; else it is sent at once.
   * Requests that come meanwhile are answered afterwards, in order.
   */
  readonly pause?: (answerLength: number) => Promise<void>;
  /** How requests and answers lie on the connection. Default: rtu. */
  readonly framing?: Framing;
  /** As a gateway does for a unit that it does not reach: refuses with this exception. Default: nobody answers. */
  readonly unreached?: number;
}

export interface Served {
  /** Requests that were answered, exceptions included. */
  readonly answered: number;
  /** Bytes in which no request could begin. */
  readonly skipped: number;
}

/** Of bytes that may still become a request, with any framing. */
const LONGEST_REQUEST = 520;

/** On a line all devices do it, and none answers. */
const BROADCAST = 0;

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
  const { framing = 'rtu', unreached } = options;
  line.onBytes((chunk) => {
    held = Buffer.concat([held, chunk]);
    const { done, skipped } = CUTS[framing](held, ({ unit, pdu, answer }) => {
      const model = units.get(unit);
      if (model !== undefined) send(answer(answerTo(model, pdu)));
      else if (unit === BROADCAST && framing !== 'tcp') for (const each of models) answerTo(each, pdu);
      else if (unreached !== undefined) send(answer(exceptionPdu(pdu[0] ?? 0, unreached)));
    });
    counts.skipped += skipped;
    held = held.slice(Math.max(done, held.length - LONGEST_REQUEST));
  });
  return counts;
}

/** The PDU by which a device answers a whole request. */
function answerTo(model: Model, pdu: Uint8Array): Uint8Array {
  const request = requestOf(pdu);
  const refuse = (exception: number) => exceptionPdu(pdu[0] ?? 0, exception);
  if (request === undefined) return refuse(3);
  if (!fits(request, model)) return refuse(3);
  switch (request.function) {
    case 1:
    case 2: {
      const bits = model.bits(request.function === 1 ? 'coil' : 'discrete', request.address, request.count);
      return bits === undefined ? refuse(2) : dataPdu(request, packBits(bits));
    }
    case 3:
    case 4: {
      const kind = request.function === 3 ? 'holding' : 'input';
      const data = model.registers(kind, request.address, request.count);
      return data === undefined ? refuse(2) : dataPdu(request, data);
    }
    case 5:
      return model.writeCoils(request.address, [request.on]) ? confirmationPdu(request) : refuse(2);
    case 15:
      return model.writeCoils(request.address, request.coils) ? confirmationPdu(request) : refuse(2);
    case 6:
    case 16:
      return model.writeRegisters(request.address, request.registers) ? confirmationPdu(request) : refuse(2);
    case 43:
      return model.identification === undefined ? refuse(1) : identificationPdu(model.identification, request);
    case 23: {
      // V1.1b3, 6.17: the write is done before the read.
      if (!model.writeRegisters(request.writeAddress, request.registers)) return refuse(2);
      const data = model.registers('holding', request.address, request.count);
      return data === undefined ? refuse(2) : dataPdu(request, data);
    }
  }
}

function fits(request: Request, model: Model): boolean {
  const most = model.maxRegisters ?? 125;
  return !('count' in request) || request.function <= 2 || request.count <= most;
}
