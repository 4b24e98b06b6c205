import type { Written } from './form.ts';

/** Units that a weight can be told in: powers of ten of the gram, so that every conversion is exact. */
export const WEIGHT_UNITS = ['mg', 'g', 'kg', 't'] as const;

export type WeightUnit = (typeof WEIGHT_UNITS)[number];

export const PRESETS = ['mt-sics', 'sartorius-sbi', 'kern-kcp', 'ad-standard', 'barcode'] as const;

export type PresetName = (typeof PRESETS)[number];

/** What an instrument of a kind sends, and how it is spoken to. */
export interface Preset {
  readonly templates: readonly Written[];
  readonly delimiter?: string | undefined;
  /** What it is asked, for it says nothing by itself. */
  readonly request?: string | undefined;
}

/** Grams, as decimals. The pound is 453.59237 g by the agreement of 1959; all others of its family follow from it. */
const GRAMS: Readonly<Record<string, string>> = {
  g: '1',
  kg: '1000',
  mg: '0.001',
  t: '1000000',
  ct: '0.2',
  lb: '453.59237',
  oz: '28.349523125',
  ozt: '31.1034768',
  dwt: '1.55517384',
  GN: '0.06479891',
};

const POWERS: Readonly<Record<WeightUnit, number>> = { mg: 3, g: 0, kg: -3, t: -6 };

/** The templates of one kind of line for each unit that a scale can be switched to: each has a scale of its own. */
function inUnits(front: string, field: string, unit: WeightUnit, says: Record<string, boolean>): readonly Written[] {
  return Object.entries(GRAMS).map(([sent, grams]) => ({
    text: `${front}{${field}:number} ${sent}`,
    fields: { [field]: { unit, scale: Number(`${grams}e${POWERS[unit]}`) } },
    says,
  }));
}

const stable = { stable: true };
const moving = { stable: false };
const unknown = { weight: null, stable: false };

/** MT-SICS Reference Manual, level 0, S and SI; KERN Communications Protocol, the same commands. */
function sics(unit: WeightUnit): readonly Written[] {
  return [
    ...inUnits('S S ', 'weight', unit, stable),
    ...inUnits('S D ', 'weight', unit, moving),
    // not executable now, overload, underload
    ...['S I', 'S +', 'S -'].map((text) => ({ text, says: unknown })),
  ];
}

/** Sartorius, Standard Balance Interface: 16 characters, or 22 with what the value is before it. Moving: no unit. */
function sbi(unit: WeightUnit): readonly Written[] {
  return [
    ...inUnits('', 'weight', unit, stable),
    ...inUnits('N ', 'weight', unit, stable),
    ...inUnits('G# ', 'gross', unit, stable),
    ...inUnits('T ', 'tare', unit, stable),
    ...['', 'N ', 'G# ', 'T '].map((front) => ({ text: `${front}{value:number}`, says: moving, hides: true }) as const),
    ...['H', 'HH', 'High', 'L', 'LL', 'Low'].map((text) => ({ text, says: unknown })),
  ];
}

/** A&D, standard format: header, value, unit; indicators say gross or net in a second header. */
function ad(unit: WeightUnit): readonly Written[] {
  return [
    ...[stable, moving].flatMap((says) => {
      const front = says.stable ? 'ST,' : 'US,';
      return [
        ...inUnits(front, 'weight', unit, says),
        ...inUnits(`${front}NT,`, 'net', unit, says),
        ...inUnits(`${front}GS,`, 'gross', unit, says),
        ...inUnits(`${front}TR,`, 'tare', unit, says),
        { text: `${front}{percent:number} %`, says },
      ];
    }),
    { text: 'QT,{count:integer} PC', says: stable },
    { text: 'US,{count:integer} PC', says: moving },
    { text: 'OL,{*}', says: unknown },
  ];
}

/** @param unit of every weight, whatever the scale is switched to */
export function presetOf(name: PresetName, unit: WeightUnit): Preset {
  switch (name) {
    case 'mt-sics':
      return { templates: sics(unit), request: 'SI\\r\\n' };
    case 'kern-kcp':
      return { templates: sics(unit) };
    case 'sartorius-sbi':
      return { templates: sbi(unit) };
    case 'ad-standard':
      return { templates: ad(unit) };
    case 'barcode':
      return { templates: ['{code:text}'], delimiter: '\\r' };
  }
}
