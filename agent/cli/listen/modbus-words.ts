import { FAULTS } from '../../../drivers/contract/faults.ts';
import { EXCEPTION_FAULTS } from '../../../drivers/modbus/answer.ts';
import type { OverheardExchange } from '../../../drivers/modbus/listen/pairing.ts';
import type { Request } from '../../../drivers/modbus/request.ts';
import { spacedHex } from '../../capture/write.ts';
import { tenths } from './modbus-figures.ts';

/** Of longer data the beginning is shown. */
const MOST_SHOWN = 32;

const READS: Readonly<Record<number, string>> = { 1: 'coil', 2: 'discrete', 3: 'holding', 4: 'input' };

/** One exchange in a line, without its time. */
export function exchangeText(exchange: OverheardExchange): string {
  const { unit, function: code, request, responseMs } = exchange;
  const asked = request === undefined ? `function ${code}` : requestText(request);
  const took = responseMs === undefined ? '' : `  ${tenths(responseMs)} ms`;
  return `unit ${unit}  ${asked}  ${outcomeText(exchange)}${took}`;
}

/** The same for programs. */
export function exchangeJson(exchange: OverheardExchange): Readonly<Record<string, unknown>> {
  const { unit, function: code, request, outcome, data, exception, responseMs } = exchange;
  return {
    ...{ unit, function: code, outcome },
    ...(request === undefined ? {} : placeOf(request)),
    ...(data === undefined ? {} : { data: spacedHex(data) }),
    ...(exception === undefined ? {} : { exception }),
    ...(responseMs === undefined ? {} : { responseMs: tenths(responseMs) }),
  };
}

/** `read holding 0..9`, `write coil 3: on`. */
function requestText(request: Request): string {
  switch (request.function) {
    case 5:
      return `write coil ${request.address}: ${request.on ? 'on' : 'off'}`;
    case 6:
      return `write holding ${request.address}: ${spacedHex(request.registers)}`;
    case 15:
      return `write coil ${range(request.address, request.coils.length)}: ${request.coils.map((on) => (on ? 1 : 0)).join('')}`;
    case 16:
      return `write holding ${range(request.address, request.registers.length / 2)}: ${dataText(request.registers)}`;
    case 23:
      return `read holding ${range(request.address, request.count)} and write ${range(request.writeAddress, request.registers.length / 2)}: ${dataText(request.registers)}`;
    case 43:
      return 'read device identification';
    default:
      return `read ${READS[request.function]} ${range(request.address, request.count)}`;
  }
}

function outcomeText({ outcome, data, exception }: OverheardExchange): string {
  switch (outcome) {
    case 'answered':
      return data === undefined ? 'answered' : `= ${dataText(data)}`;
    case 'refused':
      return `refused: ${exceptionText(exception ?? 0)}`;
    case 'unanswered':
      return 'no answer';
    case 'damaged':
      return 'the answer came damaged';
    case 'broadcast':
      return 'to all';
    default:
      return exception === undefined
        ? 'an answer without its request'
        : `a refusal without its request: ${exceptionText(exception)}`;
  }
}

/** An exception's code with the words of the standard. */
function exceptionText(exception: number): string {
  const code = EXCEPTION_FAULTS[exception];
  return code === undefined ? `exception ${exception}` : FAULTS[code].message;
}

function dataText(data: Uint8Array): string {
  if (data.length <= MOST_SHOWN) return spacedHex(data);
  return `${spacedHex(data.subarray(0, MOST_SHOWN))} … (${data.length} bytes)`;
}

function range(address: number, count: number): string {
  return count === 1 ? `${address}` : `${address}..${address + count - 1}`;
}

function placeOf(request: Request): Readonly<Record<string, unknown>> {
  if (request.function === 43) return { object: request.object };
  const count =
    'count' in request
      ? request.count
      : 'coils' in request
        ? request.coils.length
        : 'registers' in request
          ? request.registers.length / 2
          : 1;
  return { address: request.address, count };
}
