import { readCode } from '../../code.ts';
import type { Data } from '../apdu/a-xdr.ts';
import type { Quantity, ScalerUnit } from './quantity.ts';

/** The form of the value at a place of a list: so that a list of as many values but of another kind is not taken for it. */
type Form = 'text' | 'time' | 'boolean' | 'u16' | 'u32' | 'number' | 'any';

/** Form, code, power of ten, unit; a place without a code is not reported. */
type Place = readonly [form: Form, code?: string, scaler?: number, unit?: number];

interface List {
  /** How the text at the first place begins; absent: the forms alone tell. */
  readonly opens?: string;
  readonly places: readonly Place[];
}

const [W, VAR, WH, VARH, A, V] = [27, 29, 30, 32, 33, 35];

const ID: Place = ['text', '1-1:0.2.129'];
const METER: readonly Place[] = [
  ['text', '0-0:96.1.0'],
  ['text', '0-0:96.1.7'],
];
const IMPORT: Place = ['u32', '1-0:1.7.0', 0, W];
const POWERS: readonly Place[] = [
  IMPORT,
  ['u32', '1-0:2.7.0', 0, W],
  ['u32', '1-0:3.7.0', 0, VAR],
  ['u32', '1-0:4.7.0', 0, VAR],
];
const ENERGIES: readonly Place[] = [
  ['u32', '1-0:1.8.0', 0, WH],
  ['u32', '1-0:2.8.0', 0, WH],
  ['u32', '1-0:3.8.0', 0, VARH],
  ['u32', '1-0:4.8.0', 0, VARH],
];

/** One value for each phase; the codes lie 20 apart. */
function phases(form: Form, quantity: number, scaler: number, unit: number, count = 3): readonly Place[] {
  return [0, 20, 40].slice(0, count).map((step) => [form, `1-0:${quantity + step}.7.0`, scaler, unit] as const);
}

function tariffs(...quantities: readonly number[]): readonly Place[] {
  return quantities.flatMap((quantity) =>
    [1, 2].map((tariff) => ['u32', `1-0:${quantity}.8.${tariff}`, 0, quantity < 3 ? WH : VARH] as const),
  );
}

/** Kaifa, Norway: list id KFM_001; "KFM_001 HAN OBIS codes" (NEK, info for HAN developers). Currents in mA, voltages in 100 mV. */
const kaifa = (count: number): readonly Place[] => [
  ID,
  ...METER,
  ...POWERS,
  ...phases('number', 31, -3, A, count),
  ...phases('number', 32, -1, V, count),
];
const HOURLY: readonly Place[] = [['time', '0-0:1.0.0'], ...ENERGIES];

/** Iskra, whose first value is its logical device name ISK…: as read by the open decoder amsreader-firmware (IEC6205675.cpp). */
const NAME: Place = ['text', '0-0:42.0.0'];
const THIRD_ID: Place = ['text', '0-0:96.1.2'];
const FOURTH_ID: Place = ['text', '0-0:96.1.3'];
const voltages = (count = 3) => phases('u16', 32, -1, V, count);
const currents = (count = 3) => phases('u16', 31, -2, A, count);

const LISTS: readonly List[] = [
  // Its list 1, every two seconds, has one value and no id.
  { places: [IMPORT] },
  { opens: 'KFM_', places: kaifa(1) },
  { opens: 'KFM_', places: kaifa(3) },
  { opens: 'KFM_', places: [...kaifa(1), ...HOURLY] },
  { opens: 'KFM_', places: [...kaifa(3), ...HOURLY] },
  {
    opens: 'ISK',
    places: [
      NAME,
      FOURTH_ID,
      ...POWERS,
      ...voltages(),
      ...currents(),
      ...phases('u32', 21, 0, W),
      ...phases('u32', 22, 0, W),
    ],
  },
  { opens: 'ISK', places: [NAME, THIRD_ID, ...voltages(), ...currents(), ...POWERS] },
  {
    opens: 'ISK',
    places: [
      NAME,
      FOURTH_ID,
      ['boolean', '0-0:96.3.10'],
      ['any', '0-0:96.14.0'],
      ['u32', '1-0:1.8.0', 0, WH],
      ...tariffs(1),
      ['u32', '1-0:2.8.0', 0, WH],
      ...tariffs(2),
      ...ENERGIES.slice(2),
    ],
  },
  {
    opens: 'ISK',
    places: [
      NAME,
      THIRD_ID,
      ...POWERS,
      ...voltages(1),
      ...currents(1),
      ...phases('u32', 21, 0, W, 1),
      ...phases('u32', 22, 0, W, 1),
    ],
  },
  { opens: 'ISK', places: [NAME, FOURTH_ID, ...tariffs(1, 2, 3, 4)] },
  { opens: 'ISK', places: [NAME, THIRD_ID, ...voltages(1), ...currents(1), ...POWERS] },
  // Landis+Gyr, three phases: as read by amsreader-firmware (LNG2.h). Voltages in V.
  {
    places: [
      ...phases('u16', 32, 0, V),
      ...currents(),
      ...POWERS.slice(0, 2),
      ...ENERGIES.slice(0, 2),
      ['text', '0-0:96.1.0'],
    ],
  },
  {
    places: [
      ...phases('u16', 32, 0, V),
      ...currents(),
      ...POWERS.slice(0, 2),
      ...ENERGIES.slice(0, 2),
      ['u16'],
      ['u16'],
      ['u16'],
      ['text', '0-0:96.1.0'],
    ],
  },
];

const NAMELESS = Uint8Array.of(0, 0, 0, 0, 0, 0);

/** The values of a list that has no codes, by its opening, its count and the forms of its values; empty: no list is known. */
export function positional(items: readonly Data[]): readonly Quantity[] {
  const list = LISTS.find(({ opens = '', places }) => {
    if (places.length !== items.length || !startsWith(items[0], opens)) return false;
    return places.every(([form], index) => hasForm(items[index] as Data, form));
  });
  const [first] = items;
  if (list === undefined || first === undefined) return [];
  const quantities = list.places.flatMap(([, text, scaler, unit], index): Quantity[] => {
    const code = text === undefined ? undefined : codeOf(text);
    const data = items[index];
    const known: ScalerUnit | undefined = unit === undefined ? undefined : { scaler: scaler ?? 0, unit };
    return code === undefined || data === undefined ? [] : [{ code, data, scalerUnit: undefined, known }];
  });
  return list.opens === undefined
    ? quantities
    : [...quantities, { code: NAMELESS, data: first, scalerUnit: undefined }];
}

function startsWith(data: Data | undefined, opens: string): boolean {
  if (opens === '') return true;
  return isText(data) && String.fromCharCode(...data.bytes.subarray(0, opens.length)) === opens;
}

function hasForm(data: Data, form: Form): boolean {
  if (form === 'any' || data.kind === 'null') return true;
  if (form === 'text') return isText(data);
  if (form === 'time') return data.kind === 'date-time' || (data.kind === 'octets' && data.bytes.length === 12);
  if (form === 'boolean') return data.kind === 'boolean';
  if (data.kind !== 'integer') return false;
  return form === 'number' || (!data.signed && data.size === (form === 'u16' ? 2 : 4));
}

function isText(data: Data | undefined): data is Data & { readonly kind: 'octets' | 'text' } {
  return data?.kind === 'octets' || data?.kind === 'text';
}

function codeOf(text: string): Uint8Array | undefined {
  const code = readCode(text);
  if (code?.medium === undefined || code.channel === undefined) return undefined;
  const { medium, channel, quantity, processing, tariff, billing } = code;
  return Uint8Array.of(medium, channel, quantity, processing, tariff, billing);
}
