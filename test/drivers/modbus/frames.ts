import * as answer from '../../../drivers/modbus/answer.ts';
import { confirmationPdu, dataPdu, exceptionPdu } from '../../../drivers/modbus/answer.ts';
import { type Request, requestOf, requestPdu } from '../../../drivers/modbus/request.ts';
import { intact, seal } from '../../../drivers/modbus/rtu/frame.ts';

/** Bytes of the RTU frame that answers it, if it is no exception. */
export function answerSize(request: Request): number {
  return answer.answerSize(request) + 3;
}

/** A request as a whole RTU frame. */
export function encodeRequest(unit: number, request: Request): Uint8Array {
  return seal(unit, requestPdu(request));
}

/** The request in an RTU frame; undefined where there is none. */
export function decodeRequest(frame: Uint8Array): Request | undefined {
  return intact(frame, 0, frame.length) ? requestOf(frame.slice(1, -2)) : undefined;
}

/** The whole RTU frame that answers a read. */
export function encodeData(unit: number, request: Request, data: Uint8Array): Uint8Array {
  return seal(unit, dataPdu(request, data));
}

/** The whole RTU frame that confirms a write. */
export function confirmation(unit: number, request: Request): Uint8Array {
  return seal(unit, confirmationPdu(request));
}

/** The whole RTU frame that refuses a request. */
export function encodeException(unit: number, code: number, exception: number): Uint8Array {
  return seal(unit, exceptionPdu(code, exception));
}
