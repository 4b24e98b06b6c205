import {
  ABSENT,
  type Encoded,
  integer,
  list,
  message,
  octets,
  type Summing,
  telegram,
  text,
  unsigned,
} from './sml-encoder.ts';

const OPEN_RESPONSE = 0x0101;
const CLOSE_RESPONSE = 0x0201;
const GET_LIST_RESPONSE = 0x0701;

/** DLMS unit codes. */
const WATT = 27;
const WATT_HOUR = 30;
const AMPERE = 33;
const VOLT = 35;
const HERTZ = 44;

/** Medium electricity, manufacturer, block, number: DIN 43863-5, in the ten octets that SML takes for it. */
const SERVER_ID = [0x0a, 0x01, 0x46, 0x57, 0x44, 0x00, 0x00, 0x01, 0xe2, 0x40];

/** The values that the simulated meter shows. */
export interface MeterReading {
  /** Wh. */
  readonly energyImport: number;
  readonly energyExport: number;
  /** W, of each phase; negative: fed in. */
  readonly power: readonly number[];
  /** V. */
  readonly voltage: readonly number[];
  /** A. */
  readonly current: readonly number[];
  /** Hz. */
  readonly frequency: number;
}

/** One SML_ListEntry. @param code A-B:C.D.E*F */
export function listEntry(
  code: readonly number[],
  value: Encoded,
  { unit, scaler = 0, status = ABSENT, time = ABSENT, signature = ABSENT }: EntryParts = {},
): Encoded {
  const scale = unit === undefined ? [ABSENT, ABSENT] : [unsigned(unit, 1), integer(scaler, 1)];
  return list(octets(code), status, time, ...scale, value, signature);
}

export interface EntryParts {
  readonly unit?: number;
  readonly scaler?: number;
  readonly status?: Encoded;
  readonly time?: Encoded;
  readonly signature?: Encoded;
}

/** A telegram with one list, as a meter sends it by itself. */
export function listTelegram(entries: readonly Encoded[], frame: Frame = {}): Uint8Array {
  return telegram(listMessages(entries, frame), frame.summing);
}

/** Its messages: opening, list, close. */
export function listMessages(
  entries: readonly Encoded[],
  { serverId = SERVER_ID, time = list(unsigned(1, 1), unsigned(0, 4)), summing = 'x25', transaction = 1 }: Frame = {},
): readonly Encoded[] {
  const server = octets(serverId);
  const open = list(ABSENT, ABSENT, octets([0, 0, 0, 1]), server, ABSENT, ABSENT);
  const body = list(ABSENT, server, octets([1, 0, 98, 10, 255, 255]), time, list(...entries), ABSENT, ABSENT);
  return [
    message(transaction, OPEN_RESPONSE, open, summing),
    message(transaction + 1, GET_LIST_RESPONSE, body, summing),
    message(transaction + 2, CLOSE_RESPONSE, list(ABSENT), summing),
  ];
}

export interface Frame {
  readonly serverId?: readonly number[];
  /** actSensorTime. */
  readonly time?: Encoded;
  readonly summing?: Summing;
  readonly transaction?: number;
}

/**
 * The telegram that a three-phase meter pushes each second. Pure.
 * @param at seconds since the meter started
 */
export function meterTelegram(reading: MeterReading, at: number): Uint8Array {
  const time = list(unsigned(1, 1), unsigned(at, 4));
  const energy = (code: readonly number[], wattHours: number) =>
    listEntry(code, unsigned(Math.round(wattHours * 10), 8), { unit: WATT_HOUR, scaler: -1, time });
  const tenths = (code: readonly number[], value: number, unit: number, scaler: number) =>
    listEntry(code, integer(Math.round(value * 10 ** -scaler), 4), { unit, scaler });
  const phases = (values: readonly number[], quantity: number, unit: number, scaler: number) =>
    values.map((value, phase) => tenths([1, 0, quantity + 20 * phase, 7, 0, 255], value, unit, scaler));
  const total = reading.power.reduce((sum, value) => sum + value, 0);
  return listTelegram(
    [
      listEntry([1, 0, 96, 50, 1, 1], text('FWD')),
      listEntry([1, 0, 96, 1, 0, 255], octets(SERVER_ID)),
      energy([1, 0, 1, 8, 0, 255], reading.energyImport),
      energy([1, 0, 2, 8, 0, 255], reading.energyExport),
      tenths([1, 0, 16, 7, 0, 255], total, WATT, -1),
      ...phases(reading.power, 36, WATT, -1),
      ...phases(reading.voltage, 32, VOLT, -1),
      ...phases(reading.current, 31, AMPERE, -2),
      tenths([1, 0, 14, 7, 0, 255], reading.frequency, HERTZ, -1),
    ],
    { time, transaction: 3 * at },
  );
}
