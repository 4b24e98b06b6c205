import type { Counts, MeasuredQuantity } from '../contract/quantity.ts';
import type { Quantity } from './unit/quantity.ts';

/** The content of the first telegram's header, beside the quantities of records. */
export const METER_STATUS = 'meter-status';

export interface UsualPoint {
  readonly word: Quantity | typeof METER_STATUS;
  /** Only a record of this unit counts, so that a point never changes its unit. */
  readonly unit?: string;
  readonly text?: true;
  readonly quantity?: MeasuredQuantity;
  /** A meter's own register of what has passed it: it falls only when it begins anew. */
  readonly counts?: Counts;
}

const COUNTER = { counts: 'total-increasing' } as const;

/**
 * The points of a device without `points`. Nobody knows its records before it is read: a point that it lacks is null. A
 * meter counts heat in Wh or in J: each has a point of its own, so that none stands under the other's unit.
 */
export const USUAL: Readonly<Record<string, UsualPoint>> = {
  energy: { word: 'energy', unit: 'Wh', ...COUNTER },
  'energy-joule': { word: 'energy', unit: 'J', ...COUNTER },
  volume: { word: 'volume', unit: 'm³', quantity: 'volume', ...COUNTER },
  power: { word: 'power', unit: 'W' },
  'power-joule': { word: 'power', unit: 'J/h' },
  'volume-flow': { word: 'volume-flow', unit: 'm³/h' },
  'flow-temperature': { word: 'flow-temperature', unit: '°C' },
  'return-temperature': { word: 'return-temperature', unit: '°C' },
  'temperature-difference': { word: 'temperature-difference', unit: 'K', quantity: 'temperature-difference' },
  'external-temperature': { word: 'external-temperature', unit: '°C' },
  'on-time': { word: 'on-time', unit: 's', quantity: 'duration', ...COUNTER },
  'operating-time': { word: 'operating-time', unit: 's', quantity: 'duration', ...COUNTER },
  'fabrication-number': { word: 'fabrication-number', text: true },
  'date-time': { word: 'date-time', text: true },
  'meter-status': { word: METER_STATUS, text: true },
};

export function usualPoint(name: string): UsualPoint | undefined {
  return Object.hasOwn(USUAL, name) ? USUAL[name] : undefined;
}
