import { type Look, more, NONE } from './frame.ts';

const START = 0x68;
const STOP = 0x16;
/** Two starts, two lengths; checksum and stop. */
const HEAD = 4;
const TAIL = 2;
/** C, A and CI. */
const LEAST = 3;
/** C, A, CI, STSAP and DTSAP. */
const BEFORE_DATA = 5;

/** SND_UD and SND_NR, with frame count bit and without: the control fields of a meter that nobody asks (EN 13757-2). */
const CONTROLS = new Set([0x53, 0x73, 0x44]);

/** CI 00 to 1F: DLMS/COSEM with the short transport layer; bit 4: last segment, bits 0 to 3: its number (EN 13757-1). */
const LAST_CI = 0x1f;
const FINAL = 0x10;

/** The M-Bus long frame that begins at `at`: 68 L L 68 C A CI … checksum 16 (EN 13757-2). */
export function lookForMbus(bytes: Uint8Array, at: number, end: number): Look {
  const have = end - at;
  if (bytes[at] !== START) return NONE;
  const length = have > 1 ? (bytes[at + 1] ?? 0) : LEAST;
  if (length < LEAST || (have > 2 && bytes[at + 2] !== length) || (have > 3 && bytes[at + 3] !== START)) return NONE;
  if (have < HEAD) return more(HEAD);
  const whole = HEAD + length + TAIL;
  if (have < whole) return more(whole);
  if (bytes[at + whole - 1] !== STOP) return NONE;
  const data = bytes.subarray(at + HEAD, at + HEAD + length);
  let sum = 0;
  for (const byte of data) sum = (sum + byte) & 0xff;
  if (sum !== bytes[at + whole - 2]) return { state: 'damaged', length: whole };
  const [control = 0, address = 0, information = 0, source = 0, destination = 0] = data;
  if (!CONTROLS.has(control) || information > LAST_CI || length <= BEFORE_DATA) {
    return { state: 'frame', frame: { length: whole, shared: 0, part: undefined } };
  }
  const place = information & 0x0f;
  return {
    state: 'frame',
    frame: {
      length: whole,
      shared: 0,
      part: {
        bytes: data.subarray(BEFORE_DATA),
        from: `mbus ${address} ${source} ${destination}`,
        more: (information & FINAL) === 0,
        place,
        first: place === 0,
      },
    },
  };
}
