import type { Dialogue } from '../../contract/dialogue.ts';
import type { Sample, Value } from '../../contract/reading.ts';
import { cleanText } from '../../framing/text.ts';
import { numberOf } from '../../schema/decimal.ts';
import { type ReadoutSetup, readout } from '../readout.ts';
import type { DataRecord } from '../record/records.ts';
import type { Readout } from '../selection.ts';

/** A record as an entry of `points`, and its present content. */
export interface SurveyedRecord {
  readonly point: Readonly<Record<string, string | number>>;
  readonly value: Value;
}

/** Reads all records of a device, of every kind. @param told gets them, once the device has told all */
export function surveyDialogue(setup: ReadoutSetup, told: (records: readonly SurveyedRecord[]) => void): Dialogue {
  return readout(setup, 'survey', {
    points: [],
    isEnough: () => false,
    samples(of) {
      told(surveyed(of));
      return NO_SAMPLES;
    },
  });
}

const NO_SAMPLES: readonly Sample[] = [];

/** Each record with a name of its own, in the order of the device. */
export function surveyed({ records }: Pick<Readout, 'records'>): readonly SurveyedRecord[] {
  const names = new Set<string>();
  return records.map((record) => ({ point: pointOf(record, freeName(nameOf(record), names)), value: valueIn(record) }));
}

function pointOf(record: DataRecord, name: string): SurveyedRecord['point'] {
  const { index, quantity, unit, value } = record;
  return {
    name,
    record: index,
    ...(quantity === 'unknown' ? {} : { quantity }),
    ...(unit === undefined || unit === '' ? {} : { unit }),
    ...(value.kind === 'text' ? { type: 'text' } : {}),
    ...(isTotal(record) ? { counts: 'total-increasing' } : {}),
  };
}

/** Of a meter these only grow. */
const TOTALS: ReadonlySet<string> = new Set(['energy', 'volume', 'mass']);

function isTotal({ quantity, storage, function: of, qualifiers }: DataRecord): boolean {
  return TOTALS.has(quantity) && storage === 0 && of === 'instantaneous' && qualifiers.length === 0;
}

/** `volume`, `volume-maximum-s1-t2`. */
function nameOf({ quantity, qualifiers, function: of, storage, tariff, subunit }: DataRecord): string {
  const parts = [
    quantity,
    ...qualifiers,
    of === 'instantaneous' ? '' : of,
    storage === 0 ? '' : `s${storage}`,
    tariff === 0 ? '' : `t${tariff}`,
    subunit === 0 ? '' : `u${subunit}`,
  ];
  return parts
    .filter((part) => part !== '')
    .join('-')
    .slice(0, LONGEST_NAME);
}

/** Leaves room for a number. */
const LONGEST_NAME = 56;

function freeName(name: string, names: Set<string>): string {
  let free = name;
  for (let number = 2; names.has(free); number += 1) free = `${name}-${number}`;
  names.add(free);
  return free;
}

function valueIn({ value }: DataRecord): Value {
  if (value.kind === 'text') return cleanText(value.text);
  return value.kind === 'number' ? numberOf(value.number) : null;
}
