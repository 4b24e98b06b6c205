/** Units that numbers of the config have. */
type Unit = 'ms' | 's' | 'hours' | 'bytes' | 'baud';

/** The unit of a number is the end of its key's name, so that nobody has to look it up. */
const BY_NAME: readonly (readonly [RegExp, Unit])[] = [
  [/Ms$/, 'ms'],
  [/(?<!Per)S$/, 's'],
  [/Hours$/, 'hours'],
  [/(?:^b|B)ytes$/, 'bytes'],
  [/^baudRate$/, 'baud'],
];

/** The unit of a key's number; undefined: it has none. */
export function unitOf(key: string): Unit | undefined {
  return BY_NAME.find(([name]) => name.test(key))?.[1];
}

/** Milliseconds; `m` is a minute, as in other programs' durations. */
const TIMES: Readonly<Record<string, number>> = {
  ...{ ms: 1, msec: 1, millisecond: 1, milliseconds: 1 },
  ...{ s: 1000, sec: 1000, second: 1000, seconds: 1000 },
  ...{ m: 60_000, min: 60_000, minute: 60_000, minutes: 60_000 },
  ...{ h: 3_600_000, hour: 3_600_000, hours: 3_600_000, d: 86_400_000, day: 86_400_000, days: 86_400_000 },
};

/** Bytes; `K` and `KB` are 1000 to some and 1024 to others, so they are not here. */
const SIZES: Readonly<Record<string, number>> = {
  ...{ b: 1, byte: 1, bytes: 1 },
  ...{ kib: 1024, mib: 1_048_576, gib: 1_073_741_824 },
};

const RATES: Readonly<Record<string, number>> = {
  ...{ baud: 1, bd: 1, bps: 1, 'bit/s': 1 },
  ...{ kbaud: 1000, kbd: 1000, kbps: 1000, 'kbit/s': 1000 },
};

/** Into what a unit is turned, and how many of the table's units one of them is. */
const TABLES: Readonly<Record<Unit, readonly [Readonly<Record<string, number>>, number]>> = {
  ms: [TIMES, 1],
  s: [TIMES, 1000],
  hours: [TIMES, 3_600_000],
  bytes: [SIZES, 1],
  baud: [RATES, 1],
};

const WITH_UNIT = /^([-+]?[0-9]{1,15}(?:\.[0-9]{1,9})?) ?([A-Za-z/]{1,12})$/;
/** A product of decimal fractions ends in noise. */
const DIGITS = 15;

/**
 * A number with a unit where a number of another unit alone is wanted. Pure.
 * @returns the number in the unit that is wanted; undefined where the unit is that one already, or not known
 */
export function converted(text: string, wanted: Unit): number | undefined {
  const [, digits = '', unit = ''] = WITH_UNIT.exec(text) ?? [];
  const [table, one] = TABLES[wanted];
  const name = unit.toLowerCase();
  const factor = Object.hasOwn(table, name) ? table[name] : undefined;
  if (factor === undefined || factor === one) return undefined;
  return Number(((Number(digits) * factor) / one).toPrecision(DIGITS));
}
