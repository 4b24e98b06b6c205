/** One element of SML's binary encoding, as bytes. */
export type Encoded = readonly number[];

/** An optional element that is left out. */
export const ABSENT: Encoded = [0x01];

export function octets(bytes: Iterable<number>): Encoded {
  const content = [...bytes];
  return [...head(0x00, content.length, true), ...content];
}

export function text(characters: string): Encoded {
  return octets([...characters].map((character) => character.charCodeAt(0)));
}

/** @param size bytes, 1 to 8 */
export function unsigned(value: number | bigint, size: number): Encoded {
  return [...head(0x60, size, true), ...bytesOf(value, size)];
}

/** Two's complement. @param size bytes, 1 to 8 */
export function integer(value: number | bigint, size: number): Encoded {
  return [...head(0x50, size, true), ...bytesOf(value, size)];
}

export function boolean(value: boolean): Encoded {
  return [0x42, value ? 0xff : 0x00];
}

export function list(...items: readonly Encoded[]): Encoded {
  return [...head(0x70, items.length, false), ...items.flat()];
}

/**
 * Type and length: four bits of length in each byte of the field, the most significant first. The length of a list is
 * the number of its elements; of all others the bytes with the field itself.
 */
function head(type: number, size: number, countsItself: boolean): Encoded {
  for (let field = 1; ; field++) {
    const length = size + (countsItself ? field : 0);
    if (length >= 16 ** field) continue;
    return Array.from({ length: field }, (_, at) => {
      const nibble = Math.floor(length / 16 ** (field - 1 - at)) % 16;
      return (at === 0 ? type : 0) | (at < field - 1 ? 0x80 : 0) | nibble;
    });
  }
}

function bytesOf(value: number | bigint, size: number): Encoded {
  const whole = BigInt.asUintN(8 * size, BigInt(value));
  return Array.from({ length: size }, (_, at) => Number((whole >> BigInt(8 * (size - 1 - at))) & 0xffn));
}

/** How a meter sums: X-25 low byte first is the standard, KERMIT high byte first is what Holley's DTZ541 does. */
export type Summing = 'x25' | 'kermit';

/** SML_Message: a list of six with checksum and end. @param tag of the body: 0x0701 is a list that was got */
export function message(transaction: number, tag: number, body: Encoded, summing: Summing = 'x25'): Encoded {
  const content = [unsigned(0, 1), unsigned(0, 1), list(unsigned(tag, 2), body)].flat();
  const summed = [0x76, ...octets(bytesOf(transaction, 4)), ...content];
  return [...summed, 0x63, ...checksum(summed, summing), 0x00];
}

/** Messages in transport version 1: start, escapes, fill, end and checksum. */
export function telegram(messages: readonly Encoded[], summing: Summing = 'x25'): Uint8Array {
  const payload = messages.flat();
  const fill = (4 - (payload.length % 4)) % 4;
  const escaped = [...payload, ...new Array<number>(fill).fill(0)];
  const bytes = [0x1b, 0x1b, 0x1b, 0x1b, 0x01, 0x01, 0x01, 0x01];
  let run = 0;
  for (const byte of escaped) {
    bytes.push(byte);
    run = byte === 0x1b ? run + 1 : 0;
    if (run < 4) continue;
    bytes.push(0x1b, 0x1b, 0x1b, 0x1b);
    run = 0;
  }
  bytes.push(0x1b, 0x1b, 0x1b, 0x1b, 0x1a, fill);
  return Uint8Array.from([...bytes, ...checksum(bytes, summing)]);
}

/** Bit by bit, as the catalogue of parametrised CRC algorithms (Cook) describes it. */
function checksum(bytes: readonly number[], summing: Summing): Encoded {
  let crc = summing === 'x25' ? 0xffff : 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x8408 : crc >>> 1;
  }
  if (summing === 'kermit') return [crc >>> 8, crc & 0xff];
  const inverted = crc ^ 0xffff;
  return [inverted & 0xff, inverted >>> 8];
}
