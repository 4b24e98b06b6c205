/** One value as sent: the text in one pair of brackets. */
export interface DataValue {
  readonly text: string;
  readonly unit?: string | undefined;
}

/** One address and its values, in the order of the readout. */
export interface DataSet {
  /** As sent: `1.8.0`, `1-0:1.8.0*255`, `C.1`, `F.F`. */
  readonly address: string;
  readonly values: readonly DataValue[];
}

export const STX = 0x02;
export const ETX = 0x03;

/** More than any meter sends: a load profile of a month has some thousand lines. */
const MOST_SETS = 4096;

const SET = /([^()]*)\(([^()]*)\)/y;

/**
 * The block check character: exclusive or of everything behind the first STX or SOH up to ETX, that included
 * (IEC 62056-21; ISO 1155).
 * @param bytes without the first STX or SOH, with ETX
 */
export function blockCheck(bytes: Uint8Array): number {
  let check = 0;
  for (const byte of bytes) check ^= byte;
  return check;
}

/** The data sets of a data block, and whether every line of it was of data sets alone. */
export interface DataBlock {
  readonly sets: readonly DataSet[];
  readonly isSound: boolean;
}

/**
 * Reads a data block (IEC 62056-21: data-set = address(value*unit)). A value without an address belongs to the
 * address before. A line that is no row of data sets gives nothing, and the block is not sound. `!` ends the data.
 */
export function readData(text: string): DataBlock {
  const end = text.lastIndexOf('!');
  const sets: { address: string; values: DataValue[] }[] = [];
  let isSound = true;
  let count = 0;
  for (const line of (end < 0 ? text : text.slice(0, end)).split(/\r?\n/)) {
    const row = line === '' ? [] : readRow(line);
    if (row === undefined) isSound = false;
    for (const { address, value } of row ?? []) {
      if (++count > MOST_SETS) return { sets, isSound: false };
      const last = sets.at(-1);
      if (address !== '') sets.push({ address, values: [value] });
      else if (last === undefined) isSound = false;
      else last.values.push(value);
    }
  }
  return { sets, isSound };
}

function readRow(line: string): readonly { readonly address: string; readonly value: DataValue }[] | undefined {
  const row: { address: string; value: DataValue }[] = [];
  SET.lastIndex = 0;
  while (SET.lastIndex < line.length) {
    const [, address, value] = SET.exec(line) ?? [];
    if (address === undefined || value === undefined || !isPrintable(address + value)) return undefined;
    row.push({ address: address.trim(), value: readValue(value) });
  }
  return row;
}

/** Several values that `&` joins stay one text: only their maker knows what each is. */
function readValue(text: string): DataValue {
  const star = text.includes('&') ? -1 : text.lastIndexOf('*');
  return star < 0 ? { text } : { text: text.slice(0, star), unit: text.slice(star + 1).trim() };
}

function isPrintable(text: string): boolean {
  return /^[ -~]*$/.test(text);
}
