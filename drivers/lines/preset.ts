import type { FaultCode } from '../contract/faults.ts';
import type { Written } from './form.ts';

/** Units that a weight can be told in: powers of ten of the gram, so that every conversion is exact. */
export const WEIGHT_UNITS = ['mg', 'g', 'kg', 't'] as const;

export type WeightUnit = (typeof WEIGHT_UNITS)[number];

export const PRESETS = ['mt-sics', 'sartorius-sbi', 'kern-kcp', 'ad-standard', 'barcode'] as const;

export type PresetName = (typeof PRESETS)[number];

/** The lines that a kind of instrument sends, and the requests that it takes. */
export interface Preset {
  readonly templates: readonly Written[];
  readonly delimiter?: string | undefined;
  /** The request for a value; absent: it talks by itself. */
  readonly request?: string | undefined;
  /** The actions that it can be told to do, by the name of their point. */
  readonly actions?: Readonly<Record<string, Action>> | undefined;
}

/** An action of an instrument: once the load rests, or at once while it still moves. */
export interface Action {
  readonly whenStable: Order;
  readonly atOnce: Order;
}

/** A command, and the meaning of each of its answers. */
export interface Order {
  readonly request: string;
  readonly answers: readonly { readonly text: string; readonly means: 'done' | FaultCode }[];
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

/**
 * MT-SICS Reference Manual: Z and ZI of level 0, T and TI of level 1, and the error messages ES (syntax), ET
 * (transmission) and EL (logic) of every command; KERN Communications Protocol, the same.
 * @param done what is sent behind the command's own letters where it was carried out
 */
function sicsOrder(command: string, done: readonly string[]): Order {
  const refused: readonly (readonly [string, FaultCode])[] = [
    [`${command} I`, 'lines/not-now'],
    [`${command} +`, 'lines/out-of-range'],
    [`${command} -`, 'lines/out-of-range'],
    ...[`${command} L`, 'ES', 'ET', 'EL'].map((text) => [text, 'lines/not-understood'] as const),
  ];
  return {
    request: `${command}\\r\\n`,
    answers: [
      ...done.map((text) => ({ text: `${command} ${text}`, means: 'done' as const })),
      ...refused.map(([text, means]) => ({ text, means })),
    ],
  };
}

const SICS_ACTIONS: Readonly<Record<string, Action>> = {
  zero: { whenStable: sicsOrder('Z', ['A']), atOnce: sicsOrder('ZI', ['S', 'D']) },
  tare: {
    whenStable: sicsOrder('T', ['S {weight:number} {unit:word}']),
    atOnce: sicsOrder('TI', ['S {weight:number} {unit:word}', 'D {weight:number} {unit:word}']),
  },
};

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

/** @param unit of every weight, also where the scale is switched to another */
export function presetOf(name: PresetName, unit: WeightUnit): Preset {
  switch (name) {
    case 'mt-sics':
      return { templates: sics(unit), request: 'SI\\r\\n', actions: SICS_ACTIONS };
    case 'kern-kcp':
      return { templates: sics(unit), actions: SICS_ACTIONS };
    case 'sartorius-sbi':
      return { templates: sbi(unit) };
    case 'ad-standard':
      return { templates: ad(unit) };
    case 'barcode':
      return { templates: ['{code:text}'], delimiter: '\\r' };
  }
}
