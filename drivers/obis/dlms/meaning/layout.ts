import type { Data } from '../apdu/a-xdr.ts';
import { isoDateTime } from '../apdu/date-time.ts';
import type { Notification } from '../apdu/notification.ts';
import { knownOf, makerOf } from './known.ts';
import { positional } from './lists.ts';
import { attributeOf, describedBy, isValue } from './object-list.ts';
import { codeBytesOf, isNest, type Quantity, scalerUnitOf } from './quantity.ts';
import { isPrintable } from './value.ts';

/** `0-0:0.0.0*0` is nobody's code: it names what stands first in a telegram and has none. */
const NAMELESS = Uint8Array.of(0, 0, 0, 0, 0, 0);
const CLOCK = Uint8Array.of(0, 0, 1, 0, 0, 255);
/** OBIS list version identifier (NVE and NEK, AMS HAN, object list). */
const LIST_ID = Uint8Array.of(1, 1, 0, 2, 129, 255);
/** Device id 1: the number of the meter. */
const METER_ID = Uint8Array.of(0, 0, 96, 1, 0, 255);

/**
 * The values of a notification by their codes, in any of the layouts that makers use:
 *
 * - structures of code, value and, for a number, scaler and unit (Aidon, Iskra);
 * - codes and values in turn, with scaler and unit behind the value (Kaifa and Sagemcom in Austria) or without
 *   (Kamstrup, Landis+Gyr, Kaifa in Sweden); null-data in the place of a code fills up;
 * - pairs of a descriptor without type bytes and a value (Sagemcom XT211);
 * - values in the order of a list of attributes that comes with them (Landis+Gyr);
 * - values alone, known by maker and count (`lists.ts`).
 *
 * Nested lists are read as far as they go. Of several values under one code the first counts.
 */
export function quantitiesOf({
  body,
  dateTime,
  attribute,
}: Notification): readonly Quantity[] | 'malformed' | 'layout' {
  if (attribute !== undefined && !isNest(body)) {
    return isValue(attribute) ? [{ code: attribute.code, data: body, scalerUnit: undefined }] : [];
  }
  if (!isNest(body)) return 'layout';
  const found: Quantity[] = [];
  const isSound = collect(body.items, found);
  if (!isSound) return 'malformed';
  const quantities = found.length > 0 ? [...known(body.items, found), ...nameless(body.items)] : positional(body.items);
  if (quantities.length === 0) return 'layout';
  return dateTime === undefined || isoDateTime(dateTime) === undefined
    ? quantities
    : [...quantities, { code: CLOCK, data: { kind: 'date-time', bytes: dateTime }, scalerUnit: undefined }];
}

/** @returns false where a code has no value behind it, or a list and its values don't agree */
function collect(items: readonly Data[], found: Quantity[]): boolean {
  const described = describedBy(items);
  if (described === 'malformed') return false;
  if (described !== undefined) {
    found.push(...described);
    return true;
  }
  let index = 0;
  while (index < items.length) {
    const item = items[index] as Data;
    index += 1;
    if (isNest(item)) {
      // An attribute without its list: which of its numbers is its value nobody can tell.
      if (attributeOf(item) !== undefined) continue;
      if (!collect(item.items, found)) return false;
      continue;
    }
    const code = item.kind === 'descriptor' ? item.code : codeBytesOf(item);
    if (code === undefined) continue;
    const data = items[index];
    if (data === undefined) return false;
    index += 1;
    const scalerUnit = scalerUnitOf(items[index]);
    if (scalerUnit !== undefined) index += 1;
    if (!isNest(data) && (item.kind !== 'descriptor' || isValue(item))) found.push({ code, data, scalerUnit });
  }
  return true;
}

/** With the scalers of the maker that the first value names. */
function known(items: readonly Data[], found: readonly Quantity[]): readonly Quantity[] {
  const maker = makerOf(items[0], found);
  return maker === undefined ? found : found.map((each) => ({ ...each, known: knownOf(maker, each.code) }));
}

/**
 * The values without a code beside others with one: in front the list's id (Kamstrup) or the time (Landis+Gyr, Kaifa),
 * at the end the meter's number (customer interfaces of the Austrian grids).
 */
function nameless(items: readonly Data[]): readonly Quantity[] {
  const quantity = (code: Uint8Array, data: Data): Quantity => ({ code, data, scalerUnit: undefined });
  const [first] = items;
  const last = items.at(-1);
  const found: Quantity[] = [];
  if (first !== undefined && codeBytesOf(first) === undefined) {
    const isTime = first.kind === 'date-time' || (first.kind === 'octets' && isoDateTime(first.bytes) !== undefined);
    const isText = (first.kind === 'text' || first.kind === 'octets') && isPrintable(first.bytes);
    if (isTime || isText) found.push(quantity(isTime ? CLOCK : LIST_ID, first), quantity(NAMELESS, first));
  }
  const isLoose = items.length > 2 && codeBytesOf(items.at(-2)) === undefined;
  if (isLoose && (last?.kind === 'octets' || last?.kind === 'text') && isPrintable(last.bytes)) {
    found.push(quantity(METER_ID, last));
  }
  return found;
}
