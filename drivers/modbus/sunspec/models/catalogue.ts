import { BATTERY_MODELS } from './batteries.ts';
import { CONTROL_MODELS } from './controls.ts';
import { type Model, modelsOf, type PointModel } from './definition.ts';
import { DER_MODELS } from './der.ts';
import { INVERTER_MODELS } from './inverters.ts';
import { METER_MODELS } from './meters.ts';

const ALL = [...INVERTER_MODELS, ...CONTROL_MODELS, ...METER_MODELS, ...DER_MODELS, ...BATTERY_MODELS];

/** Every model whose points are known, by its number. */
export const MODELS: ReadonlyMap<number, Model> = new Map(ALL.flatMap(modelsOf).map((model) => [model.id, model]));

/** Of inverters and of meters there is one model for each wiring and number format: a device has one of them. */
export const INVERTERS = [101, 102, 103, 111, 112, 113] as const;
export const METERS = [201, 202, 203, 204, 211, 212, 213, 214] as const;

/** Words for models. */
const NAMED: Readonly<Record<string, readonly number[]>> = {
  common: [1],
  inverter: INVERTERS,
  meter: METERS,
  nameplate: [120],
  settings: [121],
  status: [122],
  controls: [123],
  storage: [124],
  mppt: [160],
  'solar-module': [502],
  'der-ac-measurement': [701],
  'der-capacity': [702],
  'der-enter-service': [703],
  'der-ac-controls': [704],
  'der-volt-var': [705],
  'der-storage': [713],
  'der-dc-measurement': [714],
  battery: [802],
  'lithium-ion-bank': [803],
};

/** The words that `model` takes beside numbers. */
export const MODEL_NAMES = Object.keys(NAMED);

/** The numbers of the models that are meant; undefined: none whose points are known. */
export function modelNumbers(given: number | string): readonly number[] | undefined {
  if (typeof given === 'number') return MODELS.has(given) ? [given] : undefined;
  return Object.hasOwn(NAMED, given) ? NAMED[given] : undefined;
}

/** The points of a model that a name can mean: `none`, one, or `several`, of which the name tells none. */
export type Named = PointModel | 'none' | 'several';

/**
 * The point of that name: its whole path, or its name alone where no other has it; a point of the model itself goes before
 * one of a group.
 */
export function pointNamed({ points }: Model, name: string): Named {
  const exact = points.get(name);
  if (exact !== undefined) return exact.type === 'pad' ? 'none' : exact;
  const ends = `.${name}`;
  const found = [...points.values()].filter(({ path, type }) => type !== 'pad' && path.endsWith(ends));
  const [only] = found;
  if (only === undefined) return 'none';
  return found.length === 1 ? only : 'several';
}
