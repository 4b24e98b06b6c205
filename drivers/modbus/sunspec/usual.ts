import type { Counts, MeasuredQuantity } from '../../contract/quantity.ts';
import { INVERTERS, METERS } from './models/catalogue.ts';

/** Models of which a device has one, and the name of the point in each of them. */
export interface Choice {
  readonly models: readonly number[];
  /** Absent: they have no such value. */
  readonly point?: string;
}

export interface UsualPoint {
  /** The first of which the device has a model counts. */
  readonly choices: readonly Choice[];
  readonly quantity?: MeasuredQuantity;
  readonly counts?: Counts;
  readonly enum?: Readonly<Record<string, string>>;
}

const inverter = (point: string): Choice => ({ models: INVERTERS, point });
const meter = (point: string): Choice => ({ models: METERS, point });
const der = (point: string): Choice => ({ models: [701], point });

const STATES = {
  '1': 'off',
  '2': 'sleeping',
  '3': 'starting',
  '4': 'mppt',
  '5': 'throttled',
  '6': 'shutting-down',
  '7': 'fault',
  '8': 'standby',
} as const;

const CHARGE_STATES = {
  '1': 'off',
  '2': 'empty',
  '3': 'discharging',
  '4': 'charging',
  '5': 'full',
  '6': 'holding',
  '7': 'testing',
} as const;

/** An inverter's alone; of the same models as the others, so that they are read together. */
const inverted = (name: string, asDer?: string): UsualPoint => ({
  choices: [inverter(name), { models: [701], ...(asDer !== undefined && { point: asDer }) }, { models: METERS }],
});

/** An inverter's, else a DER's, else a meter's. */
const measured = (name: string, asDer = name, asMeter = name): UsualPoint => ({
  choices: [inverter(name), der(asDer), meter(asMeter)],
});

/**
 * The points of a device without `points`. Its models are known only once it is asked: a point whose model it lacks is
 * null.
 */
export const USUAL: Readonly<Record<string, UsualPoint>> = {
  power: measured('W'),
  'power-apparent': measured('VA'),
  'power-reactive': measured('VAr', 'Var', 'VAR'),
  'power-factor': { ...measured('PF'), quantity: 'power-factor' },
  frequency: measured('Hz'),
  current: measured('A'),
  'current-l1': measured('AphA', 'AL1'),
  'current-l2': measured('AphB', 'AL2'),
  'current-l3': measured('AphC', 'AL3'),
  'voltage-l1': measured('PhVphA', 'VL1'),
  'voltage-l2': measured('PhVphB', 'VL2'),
  'voltage-l3': measured('PhVphC', 'VL3'),
  energy: { ...inverted('WH', 'TotWhInj'), counts: 'total-increasing' },
  'energy-import': { choices: [meter('TotWhImp'), der('TotWhAbs')], counts: 'total-increasing' },
  'energy-export': { choices: [meter('TotWhExp'), der('TotWhInj')], counts: 'total-increasing' },
  'dc-power': inverted('DCW'),
  temperature: inverted('TmpCab', 'TmpCab'),
  state: { ...inverted('St'), enum: STATES },
  'state-of-charge': {
    choices: [
      { models: [124], point: 'ChaState' },
      { models: [802], point: 'SoC' },
      { models: [713], point: 'SoC' },
    ],
    quantity: 'battery',
  },
  'charge-state': {
    choices: [{ models: [124], point: 'ChaSt' }, { models: [802], point: 'ChaSt' }, { models: [713] }],
    enum: CHARGE_STATES,
  },
};

export function usualPoint(name: string): UsualPoint | undefined {
  return Object.hasOwn(USUAL, name) ? USUAL[name] : undefined;
}
