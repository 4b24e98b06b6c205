import type { Data } from '../apdu/a-xdr.ts';
import { knownOf } from './known.ts';
import { codeBytesOf, isNest, type Quantity, type ScalerUnit, scalerUnitOf } from './quantity.ts';

/** The source of a value: an attribute of an object. */
export interface Attribute {
  readonly classId: number;
  readonly code: Uint8Array;
  readonly attribute: number;
}

const LOGICAL_NAME = 1;

/** Class → the attribute that is its value; of all others it is 2 (IEC 62056-62). */
const VALUE_ATTRIBUTES: Readonly<Record<number, number>> = {
  70: 3, // disconnect control: control state
  71: 3, // limiter: threshold active
};
/** Class → the attribute that is scaler and unit. */
const SCALER_ATTRIBUTES: Readonly<Record<number, number>> = { 3: 3, 4: 3, 5: 4 };

/** Whether the attribute is what people mean by the object's value. */
export function isValue({ classId, attribute }: Attribute): boolean {
  const own = Object.hasOwn(VALUE_ATTRIBUTES, classId) ? VALUE_ATTRIBUTES[classId] : undefined;
  return attribute === (own ?? 2);
}

/** A structure of class, code, attribute and data index (IEC 62056-6-2: push object list, capture objects). */
export function attributeOf(data: Data): Attribute | undefined {
  if (data.kind !== 'structure' || data.items.length < 3 || data.items.length > 6) return undefined;
  const [classId, name, attribute] = data.items;
  const code = codeBytesOf(name);
  if (classId?.kind !== 'integer' || classId.size !== 2 || attribute?.kind !== 'integer' || code === undefined) {
    return undefined;
  }
  return { classId: Number(classId.value), code, attribute: Number(attribute.value) };
}

/** An array of at least one attribute, and of nothing else. */
function objectListOf(data: Data): readonly Attribute[] | undefined {
  if (!isNest(data) || data.items.length === 0) return undefined;
  const attributes = data.items.map(attributeOf);
  return attributes.every((each) => each !== undefined) ? attributes : undefined;
}

/**
 * The values of a list that tells itself what they are: one of `items` is the list of attributes, the others are their
 * values in its order. The list counts itself as its own value, or does not. Landis+Gyr.
 * @returns undefined where there is no such list; `malformed` where list and values don't agree
 */
export function describedBy(items: readonly Data[]): readonly Quantity[] | 'malformed' | undefined {
  const lists = items.map(objectListOf);
  const at = lists.findIndex((list) => list !== undefined);
  const list = lists[at];
  if (list === undefined) return undefined;
  const values = valuesOf(items, at, list.length);
  if (values === undefined) return 'malformed';
  const scalers = new Map<string, ScalerUnit>();
  for (const [index, { classId, code, attribute }] of list.entries()) {
    const scalerUnit = scalerUnitOf(values[index]);
    const isScaler = Object.hasOwn(SCALER_ATTRIBUTES, classId) && SCALER_ATTRIBUTES[classId] === attribute;
    if (isScaler && scalerUnit !== undefined) scalers.set(String(code), scalerUnit);
  }
  return list.flatMap((each, index) => {
    const data = values[index];
    if (data === undefined || each.attribute === LOGICAL_NAME || !isValue(each) || isNest(data)) return [];
    return [
      { code: each.code, data, scalerUnit: scalers.get(String(each.code)), known: knownOf('landis-gyr', each.code) },
    ];
  });
}

/** Those of the one structure beside the list, or all items, or those beside the list. */
function valuesOf(items: readonly Data[], at: number, count: number): readonly Data[] | undefined {
  const others = items.filter((_, index) => index !== at);
  const [only] = others;
  if (others.length === 1 && only !== undefined && isNest(only) && only.items.length === count) return only.items;
  return [items, others].find(({ length }) => length === count);
}
