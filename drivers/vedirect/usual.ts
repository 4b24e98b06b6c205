import type { Value } from '../contract/reading.ts';
import { cleanText } from '../framing/text.ts';
import { Scale } from '../schema/scale.ts';
import { DEVICE_MODES, STATES, TRACKER_MODES } from './codes.ts';
import { readNumber } from './labels.ts';

/** `m`: solar charger, `b`: battery monitor, SmartShunt and DC meter, `i`: inverter, `c`: charger and DC converter. */
export const PRODUCTS = { 'solar-charger': 'm', 'battery-monitor': 'b', inverter: 'i', charger: 'c' } as const;

export interface UsualPoint {
  readonly label: string;
  readonly type: 'number' | 'boolean' | 'text';
  readonly unit?: string;
  readonly choices?: readonly string[];
  /** The kinds of product that send it. */
  readonly of: string;
  /** From the value as sent. */
  read(value: string): Value;
}

function scaled(label: string, unit: string | undefined, of: string, scale?: number): UsualPoint {
  const rule = new Scale({ scale });
  const read = (value: string) => {
    const sent = readNumber(value);
    return sent === null ? null : rule.value(sent);
  };
  return { label, type: 'number', of, read, ...(unit === undefined ? {} : { unit }) };
}

const volts = (label: string, of: string) => scaled(label, 'V', of, 0.001);
const amperes = (label: string, of: string) => scaled(label, 'A', of, 0.001);
const ampereHours = (label: string, of: string) => scaled(label, 'Ah', of, 0.001);
const percent = (label: string, of: string) => scaled(label, '%', of, 0.1);
const energy = (label: string, of: string) => scaled(label, 'kWh', of, 0.01);
const watts = (label: string, of: string) => scaled(label, 'W', of);
const count = (label: string, of: string) => scaled(label, undefined, of);

function switched(label: string, of: string): UsualPoint {
  const read = (value: string) => {
    const upper = value.toUpperCase();
    return upper === 'ON' ? true : upper === 'OFF' ? false : null;
  };
  return { label, type: 'boolean', of, read };
}

function worded(label: string, words: Readonly<Record<string, string>>, of: string): UsualPoint {
  const read = (value: string) => (Object.hasOwn(words, value) ? (words[value] ?? null) : null);
  return { label, type: 'text', choices: Object.values(words), of, read };
}

function said(label: string, of: string): UsualPoint {
  return { label, type: 'text', of, read: (value) => cleanText(value) };
}

/** -1 says that the battery lasts for ever at this current: no number of minutes. */
const timeToGo: UsualPoint = {
  ...scaled('TTG', 'min', 'b'),
  read: (value) => {
    const minutes = readNumber(value);
    return minutes !== null && minutes >= 0 ? minutes : null;
  },
};

const ALL = 'mbic';

/** Every usual point by its name; the names are part of the interface. Scales: VE.Direct protocol 3.34, "Field descriptions". */
export const USUAL = {
  'battery-voltage': volts('V', ALL),
  'battery-voltage-2': volts('V2', 'c'),
  'battery-voltage-3': volts('V3', 'c'),
  'auxiliary-voltage': volts('VS', 'b'),
  'midpoint-voltage': volts('VM', 'b'),
  'midpoint-deviation': percent('DM', 'b'),
  'panel-voltage': volts('VPV', 'm'),
  'panel-power': watts('PPV', 'm'),
  'battery-current': amperes('I', ALL),
  'battery-current-2': amperes('I2', 'c'),
  'battery-current-3': amperes('I3', 'c'),
  'load-current': amperes('IL', 'm'),
  load: switched('LOAD', 'mc'),
  'battery-temperature': scaled('T', '°C', 'bc'),
  power: watts('P', 'b'),
  'charge-consumed': ampereHours('CE', 'b'),
  'state-of-charge': percent('SOC', 'b'),
  'time-to-go': timeToGo,
  alarm: switched('Alarm', 'b'),
  relay: switched('Relay', 'mbic'),
  'alarm-reasons': count('AR', 'bi'),
  'off-reasons': count('OR', 'mic'),
  'deepest-discharge': ampereHours('H1', 'b'),
  'last-discharge': ampereHours('H2', 'b'),
  'average-discharge': ampereHours('H3', 'b'),
  'charge-cycles': count('H4', 'b'),
  'full-discharges': count('H5', 'b'),
  'charge-drawn': ampereHours('H6', 'b'),
  'voltage-minimum': volts('H7', 'b'),
  'voltage-maximum': volts('H8', 'b'),
  'time-since-full': scaled('H9', 's', 'b'),
  synchronizations: count('H10', 'b'),
  'low-voltage-alarms': count('H11', 'b'),
  'high-voltage-alarms': count('H12', 'b'),
  'low-auxiliary-voltage-alarms': count('H13', 'b'),
  'high-auxiliary-voltage-alarms': count('H14', 'b'),
  'auxiliary-voltage-minimum': volts('H15', 'b'),
  'auxiliary-voltage-maximum': volts('H16', 'b'),
  'energy-discharged': energy('H17', 'b'),
  'energy-charged': energy('H18', 'b'),
  'yield-total': energy('H19', 'm'),
  'yield-today': energy('H20', 'm'),
  'power-maximum-today': watts('H21', 'm'),
  'yield-yesterday': energy('H22', 'm'),
  'power-maximum-yesterday': watts('H23', 'm'),
  error: count('ERR', 'mc'),
  state: worded('CS', STATES, 'mic'),
  'device-mode': worded('MODE', DEVICE_MODES, 'ic'),
  'ac-voltage': scaled('AC_OUT_V', 'V', 'i', 0.01),
  'ac-current': scaled('AC_OUT_I', 'A', 'i', 0.1),
  'ac-power-apparent': scaled('AC_OUT_S', 'VA', 'i'),
  'warning-reasons': count('WARN', 'i'),
  'tracker-mode': worded('MPPT', TRACKER_MODES, 'm'),
  'monitor-mode': count('MON', 'b'),
  'input-voltage': scaled('DC_IN_V', 'V', 'c', 0.01),
  'input-current': scaled('DC_IN_I', 'A', 'c', 0.1),
  'input-power': watts('DC_IN_P', 'c'),
  'history-day': count('HSDS', 'm'),
  model: said('BMV', 'b'),
  'product-id': said('PID', ALL),
  firmware: said('FW', ALL),
  'firmware-extended': said('FWE', ALL),
  'serial-number': said('SER#', ALL),
} as const satisfies Record<string, UsualPoint>;

export const USUAL_NAMES = Object.keys(USUAL) as readonly (keyof typeof USUAL)[];

/** The usual point of that name. */
export function usualPoint(name: string): UsualPoint | undefined {
  return Object.hasOwn(USUAL, name) ? USUAL[name as keyof typeof USUAL] : undefined;
}
