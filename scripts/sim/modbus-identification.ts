import { exceptionPdu } from '../../drivers/modbus/answer.ts';
import { DEVICE_IDENTIFICATION, type Request } from '../../drivers/modbus/request.ts';

/** A simulated device's account of itself (V1.1b3, 6.21). */
export interface IdentificationObjects {
  /** Texts by the number of their object: 0 to 2 basic, 3 to 6 regular. */
  readonly objects: Readonly<Record<number, string>>;
  /** The most objects that go into one answer; the others follow when they are asked for. Default: all. */
  readonly perAnswer?: number;
}

const FIRST_REGULAR = 3;
const FIRST_EXTENDED = 0x80;

/** The PDU that answers a request for it; a level that the device has not is refused with exception 3. */
export function identificationPdu(
  { objects, perAnswer = Number.POSITIVE_INFINITY }: IdentificationObjects,
  { level, object }: Extract<Request, { function: 43 }>,
): Uint8Array {
  const numbers = Object.keys(objects).map(Number);
  const conformity = numbers.some((number) => number >= FIRST_REGULAR) ? 2 : 1;
  if (level > conformity) return exceptionPdu(43, 3);
  const end = level === 1 ? FIRST_REGULAR : FIRST_EXTENDED;
  const wanted = numbers.filter((number) => number >= object && number < end).sort((a, b) => a - b);
  const sent = wanted.slice(0, perAnswer);
  const next = wanted[sent.length];
  const body = sent.flatMap((number) => {
    const text = Buffer.from(objects[number] ?? '', 'latin1');
    return [number, text.length, ...text];
  });
  const more = next === undefined ? [0, 0] : [0xff, next];
  return Uint8Array.from([43, DEVICE_IDENTIFICATION, level, 0x80 | conformity, ...more, sent.length, ...body]);
}
