import type { ToldIdentity } from '../contract/identity.ts';
import { makerName } from '../framing/maker.ts';
import { isSameCode, type ObisCode, readCode } from './code.ts';

/** Codes of what a meter says of itself, those that say it best first (IEC 62056-61, 5.3.1, and the lists of the grids). */
const CODES = {
  serial: codes('0-0:96.1.0', '0-0:96.1.1', '1-0:96.1.0', '1-1:96.1.0', '1-1:0.0.5', '1-0:0.0.0'),
  model: codes('0-0:96.1.7', '1-1:96.1.1'),
  firmware: codes('1-0:0.2.0'),
  /** The logical device name, whose first three letters are those of the maker (DLMS UA, green book, 4.4.2). */
  name: codes('0-0:42.0.0', '1-1:42.0.0'),
} as const;

function codes(...texts: readonly string[]): readonly ObisCode[] {
  return texts.flatMap((text) => readCode(text) ?? []);
}

/** A text that came under a code. */
export interface CodedText {
  readonly code: ObisCode;
  readonly text: string;
}

/** A meter's account of itself under OBIS codes. A value that is no text of any of them is passed over. Pure. */
export function identityIn(texts: readonly CodedText[]): ToldIdentity {
  const of = (wanted: readonly ObisCode[]) => {
    for (const each of wanted) {
      const found = texts.find(({ code, text }) => isSameCode(each, code) && text.trim() !== '');
      if (found !== undefined) return found.text;
    }
    return undefined;
  };
  const name = of(CODES.name);
  return {
    maker: name === undefined ? undefined : makerName(name.slice(0, 3)),
    model: of(CODES.model),
    serial: of(CODES.serial),
    firmware: of(CODES.firmware),
  };
}

/** `/`, the maker's three letters, a speed, escapes as `\2`, and the maker's own words (IEC 62056-21, 6.3.2, items 11 to 14, 24). */
const LINE = /^\/([A-Za-z]{3})[ -~]((?:\\[ -~])*)([ -~]*)$/;

/** The account that an identification line gives, without its line end. Pure. */
export function identityOfLine(line: string): ToldIdentity {
  const [, maker = '', , words = ''] = LINE.exec(line.trimEnd()) ?? [];
  return { maker: makerName(maker), model: words };
}

/** The first octet is the length, of some meters without itself. */
const LENGTHS: readonly number[] = [9, 10];
const NUMBER_LENGTH = 10;

/**
 * The number of a German meter (DIN 43863-5) from its ten octets: length, medium, three letters of the maker, block, and
 * eight digits: `1EMH0012345678`. Pure.
 */
export function numberedMeter(octets: Uint8Array): ToldIdentity | undefined {
  const [length = 0, medium = 0, , , , block = 0] = octets;
  if (octets.length !== NUMBER_LENGTH || !LENGTHS.includes(length) || medium > 0xf) return undefined;
  const letters = String.fromCharCode(...octets.subarray(2, 5));
  if (!/^[A-Z]{3}$/.test(letters)) return undefined;
  const number = octets.subarray(6).reduce((sum, octet) => sum * 256 + octet, 0);
  const digits = `${block.toString(16).padStart(2, '0').toUpperCase()}${String(number).padStart(8, '0')}`;
  return { maker: makerName(letters), serial: `${medium.toString(16).toUpperCase()}${letters}${digits}` };
}

/** The account of the first source, completed by those of the next ones. */
export function firstTold(...told: readonly (ToldIdentity | undefined)[]): ToldIdentity {
  const part = (key: keyof ToldIdentity) =>
    told.map((each) => each?.[key]).find((text) => text !== undefined && text !== '');
  return {
    maker: part('maker'),
    model: part('model'),
    serial: part('serial'),
    firmware: part('firmware'),
    kind: part('kind'),
  };
}
