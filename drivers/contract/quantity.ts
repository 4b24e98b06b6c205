/**
 * The measured quantity of a number, in the words of the field. The list is closed: conventions map each word to their
 * own, and a word that nobody knows would be shown as nothing at all.
 */
export const QUANTITIES = [
  'absolute-humidity',
  'angle',
  'apparent-energy',
  'apparent-power',
  'area',
  'atmospheric-pressure',
  'battery',
  'carbon-dioxide',
  'carbon-monoxide',
  'conductivity',
  'current',
  'distance',
  'duration',
  'energy',
  'energy-storage',
  'frequency',
  'gas',
  'harmonic-distortion',
  'humidity',
  'illuminance',
  'irradiance',
  'mass',
  'mass-flow',
  'moisture',
  'nitrogen-dioxide',
  'ozone',
  'ph',
  'pm1',
  'pm10',
  'pm25',
  'power',
  'power-factor',
  'precipitation',
  'precipitation-intensity',
  'pressure',
  'reactive-energy',
  'reactive-power',
  'rotational-speed',
  'signal-strength',
  'sound-pressure',
  'speed',
  'temperature',
  'temperature-difference',
  'voltage',
  'volume',
  'volume-flow',
  'volume-storage',
  'water',
  'wind-direction',
  'wind-speed',
] as const;

export type MeasuredQuantity = (typeof QUANTITIES)[number];

/**
 * How a number counts. `total` may also fall, as the balance of what was drawn and fed in; `total-increasing` falls only
 * when it begins anew.
 */
export const COUNTS = ['total', 'total-increasing'] as const;

export type Counts = (typeof COUNTS)[number];

/** Units that leave no doubt, also in the spellings that people use. K may be a difference, % anything, m³ a stock. */
const CERTAIN: Readonly<Partial<Record<MeasuredQuantity, readonly string[]>>> = {
  energy: ['mWh', 'Wh', 'kWh', 'MWh', 'GWh', 'TWh', 'J', 'kJ', 'MJ', 'GJ', 'cal', 'kcal', 'Mcal', 'Gcal'],
  'reactive-energy': ['varh', 'kvarh', 'Mvarh', 'VArh', 'kVArh', 'MVArh'],
  'apparent-energy': ['VAh', 'kVAh', 'MVAh'],
  power: ['mW', 'W', 'kW', 'MW', 'GW', 'TW'],
  'reactive-power': ['mvar', 'var', 'kvar', 'Mvar', 'VAr', 'kVAr', 'MVAr'],
  'apparent-power': ['mVA', 'VA', 'kVA', 'MVA'],
  voltage: ['μV', 'µV', 'mV', 'V', 'kV', 'MV'],
  current: ['μA', 'µA', 'mA', 'A', 'kA'],
  frequency: ['mHz', 'Hz', 'kHz', 'MHz', 'GHz'],
  temperature: ['°C', '°F', 'degC', 'degF'],
  pressure: ['mPa', 'Pa', 'hPa', 'kPa', 'MPa', 'bar', 'cbar', 'mbar', 'psi'],
  'volume-flow': ['m³/h', 'm3/h', 'm³/min', 'm³/s', 'm3/s', 'L/h', 'l/h', 'L/min', 'l/min', 'L/s', 'l/s', 'mL/s'],
  'mass-flow': ['kg/h', 'kg/min', 'kg/s', 't/h'],
  mass: ['mg', 'g', 'kg', 't'],
  illuminance: ['lx'],
  irradiance: ['W/m²', 'W/m2'],
  'signal-strength': ['dBm'],
  'rotational-speed': ['rpm', '1/min'],
  ph: ['pH'],
};

const BY_UNIT: ReadonlyMap<string, MeasuredQuantity> = new Map(
  QUANTITIES.flatMap((quantity) => (CERTAIN[quantity] ?? []).map((unit) => [unit, quantity] as const)),
);

/** The quantity that a number in this unit measures, where that is certain. Pure. */
export function quantityOfUnit(unit: string | undefined): MeasuredQuantity | undefined {
  return unit === undefined ? undefined : BY_UNIT.get(unit);
}
