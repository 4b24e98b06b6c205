/** The names of units that meters send and people write, in one spelling. */
const SPELLINGS: Readonly<Record<string, string>> = {
  'm³': 'm3',
  'm^3': 'm3',
  'dm³': 'dm3',
  l: 'dm3',
  L: 'dm3',
  'm³/h': 'm3/h',
  m3ph: 'm3/h',
  C: '°C',
  VAr: 'var',
  VAR: 'var',
  kVAr: 'kvar',
  kVAR: 'kvar',
  VArh: 'varh',
  VARh: 'varh',
  kVArh: 'kvarh',
  kVARh: 'kvarh',
  KWH: 'kWh',
  KW: 'kW',
  wh: 'Wh',
  kwh: 'kWh',
};

const PREFIXES: Readonly<Record<string, number>> = { '': 0, k: 3, M: 6, G: 9 };

/** Unit → its base and the power of ten that makes it of the base. */
const UNITS: ReadonlyMap<string, { readonly base: string; readonly power: number }> = new Map([
  ...['Wh', 'W', 'var', 'varh', 'VA', 'VAh', 'V', 'A', 'J', 'Hz'].flatMap((base) =>
    Object.entries(PREFIXES).map(([prefix, power]) => [`${prefix}${base}`, { base, power }] as const),
  ),
  ['mV', { base: 'V', power: -3 }],
  ['mA', { base: 'A', power: -3 }],
  ['m3', { base: 'm3', power: 0 }],
  ['dm3', { base: 'm3', power: -3 }],
  ['m3/h', { base: 'm3/h', power: 0 }],
  ['°C', { base: '°C', power: 0 }],
  ['K', { base: 'K', power: 0 }],
  ['%', { base: '%', power: 0 }],
  ['s', { base: 's', power: 0 }],
]);

/**
 * The power of ten by which a number in unit `sent` becomes one in unit `wanted`: 0 where both are the same, or where
 * `wanted` is no unit of this table, for then it is a word for people alone; `other` where the two are of different kinds.
 */
export function powerBetween(sent: string, wanted: string): number | 'other' {
  if (spelled(sent) === spelled(wanted)) return 0;
  const [from, to] = [UNITS.get(spelled(sent)), UNITS.get(spelled(wanted))];
  if (to === undefined) return 0;
  return from?.base === to.base ? from.power - to.power : 'other';
}

/** The unit with `k` before it, where meters that send text write it so. */
export function kiloUnit(unit: string | undefined): string | undefined {
  return unit !== undefined && KILO.has(unit) ? `k${unit}` : unit;
}

/** Whether meters send this quantity now under one prefix and now under another: Wh and kWh. */
export function isPrefixed(unit: string | undefined): boolean {
  return unit !== undefined && KILO.has(unit);
}

const KILO: ReadonlySet<string> = new Set(['Wh', 'W', 'var', 'varh', 'VA']);

function spelled(unit: string): string {
  return Object.hasOwn(SPELLINGS, unit) ? (SPELLINGS[unit] ?? unit) : unit;
}
