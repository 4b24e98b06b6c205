import { createCipheriv } from 'node:crypto';

/** Values of A-XDR with their tags, as a meter writes them (IEC 62056-53; IEC 61334-6). */
export const axdr = {
  nothing: () => of(0),
  array: (...items: readonly Uint8Array[]) => joined(of(1, ...lengthOf(items.length)), ...items),
  structure: (...items: readonly Uint8Array[]) => joined(of(2, ...lengthOf(items.length)), ...items),
  boolean: (value: boolean) => of(3, value ? 1 : 0),
  bits: (text: string) => joined(of(4, ...lengthOf(text.length)), bitBytes(text)),
  octets: (content: Uint8Array | string) => withLength(9, content),
  visible: (content: Uint8Array | string) => withLength(10, content),
  utf8: (content: Uint8Array | string) => withLength(12, content),
  bcd: (value: number) => of(13, ((value / 10) << 4) | (value % 10)),
  enumeration: (value: number) => of(22, value),
  i8: (value: number) => of(15, value & 0xff),
  u8: (value: number) => of(17, value),
  i16: (value: number) => number(16, 2, (view) => view.setInt16(0, value)),
  u16: (value: number) => number(18, 2, (view) => view.setUint16(0, value)),
  i32: (value: number) => number(5, 4, (view) => view.setInt32(0, value)),
  u32: (value: number) => number(6, 4, (view) => view.setUint32(0, value)),
  i64: (value: bigint) => number(20, 8, (view) => view.setBigInt64(0, value)),
  u64: (value: bigint) => number(21, 8, (view) => view.setBigUint64(0, value)),
  float32: (value: number) => number(23, 4, (view) => view.setFloat32(0, value)),
  float64: (value: number) => number(24, 8, (view) => view.setFloat64(0, value)),
  dateTime: (content: Uint8Array) => joined(of(25), content),
  /** An OBIS code of six groups, as `1.0.1.8.0.255`. */
  code: (text: string) => withLength(9, codeBytes(text)),
  scalerUnit: (scaler: number, unit: number) => joined(of(2, 2, 15, scaler & 0xff, 22, unit)),
};

/** The six bytes of a code. */
export function codeBytes(text: string): Uint8Array {
  return Uint8Array.from(text.split('.').map(Number));
}

/** Twelve bytes of a date-time in UTC without hundredths. @param deviation minutes from local time to UTC; absent: not specified */
export function dateTimeBytes(at: number, deviation?: number): Uint8Array {
  const date = new Date(at - (deviation ?? 0) * 60_000);
  const [year, shift] = [date.getUTCFullYear(), (deviation ?? -0x8000) & 0xffff];
  return of(
    year >> 8,
    year & 0xff,
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCDay() || 7,
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
    0xff,
    shift >> 8,
    shift & 0xff,
    0,
  );
}

/** DataNotification. */
export function dataNotification(body: Uint8Array, dateTime: Uint8Array = of(), invokeId = 0x40000000): Uint8Array {
  return joined(
    number(0x0f, 4, (view) => view.setUint32(0, invokeId)),
    of(dateTime.length),
    dateTime,
    body,
  );
}

/** EventNotificationRequest. */
export function eventNotification(classId: number, code: string, attribute: number, value: Uint8Array): Uint8Array {
  return joined(of(0xc2, 0, classId >> 8, classId & 0xff), codeBytes(code), of(attribute), value);
}

export interface CipherSettings {
  /** 0xdb: general-glo-ciphering (default), 0xdc: general-ded-ciphering. */
  readonly tag?: number;
  /** Eight bytes. */
  readonly title: Uint8Array;
  readonly counter: number;
  /** 0x20 encrypted, 0x10 authenticated, 0x30 both. */
  readonly control: number;
  readonly key: Uint8Array;
  readonly authenticationKey: Uint8Array;
}

export function ciphered(apdu: Uint8Array, settings: CipherSettings): Uint8Array {
  const { title, counter, control, key, authenticationKey } = settings;
  const counterBytes = of(counter >>> 24, counter >>> 16, counter >>> 8, counter);
  const gcm = createCipheriv('aes-128-gcm', key, joined(title, counterBytes), { authTagLength: 12 });
  const isEncrypted = (control & 0x20) !== 0;
  gcm.setAAD(joined(of(control), authenticationKey, isEncrypted ? of() : apdu));
  const body = isEncrypted ? gcm.update(apdu) : apdu;
  gcm.final();
  const tag = (control & 0x10) === 0 ? of() : gcm.getAuthTag();
  const content = joined(of(control), counterBytes, body, tag);
  return joined(of(settings.tag ?? 0xdb, title.length), title, of(...lengthOf(content.length)), content);
}

/** The blocks of a general block transfer, each an APDU. */
export function blocks(apdu: Uint8Array, size: number): readonly Uint8Array[] {
  const pieces = cut(apdu, size);
  return pieces.map((piece, index) => {
    const isLast = index === pieces.length - 1;
    return joined(
      of(0xe0, isLast ? 0xc0 : 0x40, (index + 1) >> 8, index + 1, 0, 0),
      of(...lengthOf(piece.length)),
      piece,
    );
  });
}

/** HDLC frames of one APDU, in segments of at most `size` bytes. */
export function hdlc(
  apdu: Uint8Array,
  size = 2000,
  address: readonly number[] = [0x41, 0x08, 0x83],
): readonly Uint8Array[] {
  const pieces = cut(joined(of(0xe6, 0xe7, 0), apdu), size);
  return pieces.map((piece, index) => {
    const length = 2 + address.length + 1 + 2 + piece.length + 2;
    const isLast = index === pieces.length - 1;
    const head = of(0xa0 | (isLast ? 0 : 0x08) | (length >> 8), length & 0xff, ...address, 0x13);
    const checked = joined(head, crc(head), piece);
    return joined(of(0x7e), checked, crc(checked), of(0x7e));
  });
}

/** M-Bus long frames of one APDU: at most 250 bytes of it in each. */
export function mbus(apdu: Uint8Array, size = 245): readonly Uint8Array[] {
  const pieces = cut(apdu, size);
  return pieces.map((piece, index) => {
    const isLast = index === pieces.length - 1;
    const data = joined(of(0x53, 0xff, (isLast ? 0x10 : 0) | index, 0x01, 0x67), piece);
    const sum = data.reduce((total, byte) => total + byte, 0) & 0xff;
    return joined(of(0x68, data.length, data.length, 0x68), data, of(sum, 0x16));
  });
}

/** The wrapper of IEC 62056-47. */
export function wrapper(apdu: Uint8Array): Uint8Array {
  return joined(of(0, 1, 0, 1, 0, 0x66, apdu.length >> 8, apdu.length), apdu);
}

export function joined(...pieces: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(pieces));
}

function of(...bytes: readonly number[]): Uint8Array {
  return Uint8Array.from(bytes);
}

function cut(bytes: Uint8Array, size: number): readonly Uint8Array[] {
  const count = Math.max(1, Math.ceil(bytes.length / size));
  return Array.from({ length: count }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
}

function lengthOf(length: number): readonly number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}

function withLength(tag: number, content: Uint8Array | string): Uint8Array {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return joined(of(tag, ...lengthOf(bytes.length)), bytes);
}

function number(tag: number, size: number, write: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(size);
  write(new DataView(bytes.buffer));
  return joined(of(tag), bytes);
}

function bitBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(text.length / 8));
  for (const [index, bit] of [...text].entries())
    if (bit === '1') bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (0x80 >> (index & 7));
  return bytes;
}

/** CRC-16/X-25, bit by bit as ITU-T V.41 has it, low byte first. */
function crc(bytes: Uint8Array): Uint8Array {
  let register = 0xffff;
  for (const byte of bytes) {
    register ^= byte;
    for (let bit = 0; bit < 8; bit += 1) register = register & 1 ? (register >>> 1) ^ 0x8408 : register >>> 1;
  }
  return of(~register & 0xff, (~register >>> 8) & 0xff);
}
