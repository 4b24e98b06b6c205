/**
 * The name of one quantity of a meter: A medium, B channel, C quantity, D processing, E tariff, F billing period
 * (IEC 62056-61). Each group 0 to 255.
 */
export interface ObisCode {
  /** Absent in the short forms `1.8.0` of IEC 62056-21. */
  readonly medium?: number | undefined;
  readonly channel?: number | undefined;
  readonly quantity: number;
  readonly processing: number;
  /** 0 where it was not written. */
  readonly tariff: number;
  /** 255 where it was not written: not used. */
  readonly billing: number;
}

/** Letters that stand for a group in short codes (IEC 62056-61): C 96, F 97, L 98, P 99. */
const LETTERS: Readonly<Record<string, number>> = { C: 96, F: 97, L: 98, P: 99 };

const NUMBER = '[0-9]{1,3}';
const GROUP = `${NUMBER}|[CFLP]`;
const CODE = new RegExp(
  `^(?:(?:(${NUMBER})-)?(${NUMBER}):)?(${GROUP})(?:\\.(${GROUP}))?(?:\\.(${NUMBER}))?(?:[*&](${NUMBER}))?$`,
);
const DOTTED = new RegExp(`^(${NUMBER})\\.(${NUMBER})\\.(${NUMBER})\\.(${NUMBER})\\.(${NUMBER})\\.(${NUMBER})$`);

/** The longest text of a code: `255-255:255.255.255*255`. */
const LONGEST_CODE = 23;

/**
 * A code as telegrams and configs write it: `1-0:1.8.0*255`, `1-0:1.8.0`, `1.8.0`, `C.1`, `F.F`, `1.0.1.8.0.255`.
 * @returns undefined for any other text
 */
export function readCode(text: string): ObisCode | undefined {
  if (text.length > LONGEST_CODE) return undefined;
  if (/^[0-9]+$/.test(text)) return undefined;
  const [, a, b, c, d, e, f] = DOTTED.exec(text) ?? CODE.exec(text) ?? [];
  if (c === undefined) return undefined;
  const code = {
    medium: a === undefined ? undefined : Number(a),
    channel: b === undefined ? undefined : Number(b),
    quantity: groupOf(c),
    processing: d === undefined ? 0 : groupOf(d),
    tariff: e === undefined ? 0 : Number(e),
    billing: f === undefined ? 255 : Number(f),
  };
  return Object.values(code).every((group) => group === undefined || group <= 255) ? code : undefined;
}

/** A code of six bytes, as SML and DLMS send it; undefined for any other length. */
export function codeOfBytes(bytes: Uint8Array): ObisCode | undefined {
  const [medium, channel, quantity, processing, tariff, billing] = bytes;
  if (bytes.length !== 6 || quantity === undefined || processing === undefined) return undefined;
  if (tariff === undefined || billing === undefined) return undefined;
  return { medium, channel, quantity, processing, tariff, billing };
}

/** The one way to write it: `1-0:1.8.0`, `1-0:1.8.0*1`, and `1.8.0` where medium and channel are not known. */
export function formatCode({ medium, channel, quantity, processing, tariff, billing }: ObisCode): string {
  const front = `${medium === undefined ? '' : `${medium}-`}${channel === undefined ? '' : `${channel}:`}`;
  return `${front}${quantity}.${processing}.${tariff}${billing === 255 ? '' : `*${billing}`}`;
}

/** Whether both can mean the same quantity: medium and channel are not compared where one of them leaves them out. */
export function isSameCode(a: ObisCode, b: ObisCode): boolean {
  return (
    a.quantity === b.quantity &&
    a.processing === b.processing &&
    a.tariff === b.tariff &&
    a.billing === b.billing &&
    (a.medium === undefined || b.medium === undefined || a.medium === b.medium) &&
    (a.channel === undefined || b.channel === undefined || a.channel === b.channel)
  );
}

function groupOf(text: string): number {
  return LETTERS[text] ?? Number(text);
}
