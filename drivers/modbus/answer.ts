import type { Consequence } from '../contract/dialogue.ts';
import type { FaultCode } from '../contract/faults.ts';
import { pair } from './bytes.ts';
import { answerLength, EXCEPTION } from './pdu-length.ts';
import { isRead, type Request } from './request.ts';

/** The exceptions that the standard names (V1.1b3, 7); 7 comes from older devices. */
export const EXCEPTION_FAULTS: Readonly<Record<number, FaultCode>> = {
  1: 'modbus/illegal-function',
  2: 'modbus/illegal-address',
  3: 'modbus/illegal-value',
  4: 'modbus/device-failure',
  5: 'modbus/acknowledge',
  6: 'modbus/device-busy',
  7: 'modbus/negative-acknowledge',
  8: 'modbus/memory-parity',
  10: 'modbus/gateway-path',
  11: 'modbus/gateway-target',
};

/** By these a gateway says that it did not reach the device: the gateway itself is in order. */
export const UNREACHED: ReadonlySet<FaultCode> = new Set<FaultCode>(['modbus/gateway-path', 'modbus/gateway-target']);

/**
 * Exceptions after which a write may have been done, or be done later (V1.1b3, 7): 5, the device has accepted it and is
 * still at it; 10 and 11, a gateway on the way tells of itself and not of the device: of 11 the standard says that the
 * device did not answer, and some gateways say 10 where they mean that. All others are a plain no: after 6, busy, the
 * device has not taken the request, for the standard has it sent again later.
 */
const OPEN_EXCEPTIONS: ReadonlySet<FaultCode> = new Set<FaultCode>(['modbus/acknowledge', ...UNREACHED]);

/** By these a device says that it does not know a request at all; any other it may answer at another time. */
const FINAL_EXCEPTIONS: ReadonlySet<FaultCode> = new Set<FaultCode>([
  'modbus/illegal-function',
  'modbus/illegal-address',
  'modbus/illegal-value',
]);

/** The consequence of an exception for the request. */
export function consequenceOf(code: FaultCode, request: Request): Consequence {
  if (request.function === 43) return FINAL_EXCEPTIONS.has(code) ? 'refused' : 'damaged';
  return !isRead(request) && OPEN_EXCEPTIONS.has(code) ? 'may-have-acted' : 'refused';
}

/** How many bytes of values answer a read; 0 for a pure write, and where the answer itself says it. */
export function answerBytes(request: Request): number {
  switch (request.function) {
    case 1:
    case 2:
      return Math.ceil(request.count / 8);
    case 3:
    case 4:
    case 23:
      return request.count * 2;
    default:
      return 0;
  }
}

/** Three texts of a dozen characters each. */
const USUAL_IDENTIFICATION = 49;

/** Bytes of the PDU that answers it, if it is no exception. */
export function answerSize(request: Request): number {
  if (request.function === 43) return USUAL_IDENTIFICATION;
  const bytes = answerBytes(request);
  return bytes === 0 ? 5 : bytes + 2;
}

/** The PDU by which a device confirms a write: for functions 5 and 6 the request itself (V1.1b3, 6.5 and 6.6). */
export function confirmationPdu(request: Request): Uint8Array {
  if (request.function === 43) return new Uint8Array(0);
  const head = [request.function, ...pair(request.address)];
  switch (request.function) {
    case 5:
      return Uint8Array.from([...head, ...pair(request.on ? 0xff00 : 0)]);
    case 6:
      return Uint8Array.from([...head, ...request.registers]);
    case 15:
      return Uint8Array.from([...head, ...pair(request.coils.length)]);
    case 16:
      return Uint8Array.from([...head, ...pair(request.registers.length / 2)]);
    default:
      return new Uint8Array(0);
  }
}

/** The PDU that answers a read, `data` being its values; for the side that answers. */
export function dataPdu(request: Request, data: Uint8Array): Uint8Array {
  return Uint8Array.from([request.function, data.length, ...data]);
}

/** The PDU that refuses a request; for the side that answers. */
export function exceptionPdu(code: number, exception: number): Uint8Array {
  return Uint8Array.of(code | EXCEPTION, exception);
}

/** All that is needed to know the answer among others of the same unit. */
export interface Question {
  readonly function: number;
  /** Bytes of values that were asked for; 0 for a pure write. */
  readonly bytes: number;
  /** The whole confirmation of a pure write; empty for a read. */
  readonly confirmation: Uint8Array;
  /** It asks what the device is, by this level: then the answer itself says how long it is. */
  readonly level?: number | undefined;
}

export function questionOf(request: Request): Question {
  const level = request.function === 43 ? request.level : undefined;
  return { function: request.function, bytes: answerBytes(request), confirmation: confirmationPdu(request), level };
}

/** It asks for values or for what the device is, and moves nothing. */
export function isReading({ bytes, level }: Question): boolean {
  return bytes > 0 || level !== undefined;
}

export type Judgement =
  /** `data`: the values; empty for a pure write. Valid as long as the PDU is. */
  | { readonly kind: 'answer'; readonly data: Uint8Array }
  | { readonly kind: 'exception'; readonly code: FaultCode }
  /** Not the answer to this question. */
  | { readonly kind: 'other'; readonly code: FaultCode };

/** Judges a whole PDU of the device that was asked. */
export function judgePdu(pdu: Uint8Array, question: Question): Judgement {
  const code = pdu[0];
  if (code === (question.function | EXCEPTION)) {
    if (pdu.length !== 2) return { kind: 'other', code: 'modbus/wrong-count' };
    return { kind: 'exception', code: EXCEPTION_FAULTS[pdu[1] ?? 0] ?? 'modbus/exception' };
  }
  if (code !== question.function) return { kind: 'other', code: 'modbus/wrong-function' };
  if (question.level !== undefined) {
    const isRight = pdu[2] === question.level && answerLength(pdu, 0) === pdu.length;
    return isRight ? { kind: 'answer', data: pdu.subarray(2) } : { kind: 'other', code: 'modbus/wrong-count' };
  }
  if (question.bytes > 0) {
    const isRight = pdu[1] === question.bytes && pdu.length === question.bytes + 2;
    return isRight ? { kind: 'answer', data: pdu.subarray(2) } : { kind: 'other', code: 'modbus/wrong-count' };
  }
  const { confirmation } = question;
  const isRight = pdu.length === confirmation.length && confirmation.every((byte, index) => byte === pdu[index]);
  return isRight
    ? { kind: 'answer', data: pdu.subarray(pdu.length) }
    : { kind: 'other', code: 'modbus/wrong-confirmation' };
}
