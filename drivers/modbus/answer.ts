import type { FaultCode } from '../contract/faults.ts';
import type { Request } from './request.ts';
import { pair, seal } from './rtu/frame.ts';
import { EXCEPTION } from './shape.ts';

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

/**
 * Exceptions after which a write may have been done, or be done later (V1.1b3, 7): 5, the device has accepted it and is
 * still at it; 10 and 11, a gateway on the way tells of itself and not of the device: of 11 the standard says that the
 * device did not answer, and some gateways say 10 where they mean that. All others are a plain no: after 6, busy, the
 * device has not taken the request, for the standard has it sent again later.
 */
export const OPEN_EXCEPTIONS: ReadonlySet<FaultCode> = new Set<FaultCode>([
  'modbus/acknowledge',
  'modbus/gateway-path',
  'modbus/gateway-target',
]);

/** How many bytes of values answer a read; 0 for a pure write. */
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

/** Bytes of the frame that answers it, if it is no exception. */
export function answerSize(request: Request): number {
  const bytes = answerBytes(request);
  return bytes === 0 ? 8 : bytes + 5;
}

/** The whole frame by which a device confirms a write: for functions 5 and 6 the request itself (V1.1b3, 6.5 and 6.6). */
export function confirmation(unit: number, request: Request): Uint8Array {
  const head = [request.function, ...pair(request.address)];
  switch (request.function) {
    case 5:
      return seal(unit, [...head, ...pair(request.on ? 0xff00 : 0)]);
    case 6:
      return seal(unit, [...head, ...request.registers]);
    case 15:
      return seal(unit, [...head, ...pair(request.coils.length)]);
    case 16:
      return seal(unit, [...head, ...pair(request.registers.length / 2)]);
    default:
      return new Uint8Array(0);
  }
}

/** The whole frame that answers a read, `data` being its values; for the side that answers. */
export function encodeData(unit: number, request: Request, data: Uint8Array): Uint8Array {
  return seal(unit, [request.function, data.length, ...data]);
}

/** The whole frame that refuses a request; for the side that answers. */
export function encodeException(unit: number, code: number, exception: number): Uint8Array {
  return seal(unit, [code | EXCEPTION, exception]);
}
