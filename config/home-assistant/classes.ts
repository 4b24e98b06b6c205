import type { MeasuredQuantity } from '../../drivers/contract/quantity.ts';

/** How Home Assistant keeps the history of a sensor. */
export type StateClass = 'measurement' | 'measurement_angle' | 'total' | 'total_increasing';

/** Home Assistant's class for a quantity, and the units and state classes that it takes together with it. */
export interface DeviceClass {
  readonly deviceClass: string;
  /** Exact texts; the empty one: without a unit. */
  readonly units: readonly string[];
  readonly states: readonly StateClass[];
}

const PRESENT = ['measurement'] as const;
const COUNTER = ['total', 'total_increasing'] as const;
const ANGLE = ['measurement_angle'] as const;
const ANY = ['measurement', 'total', 'total_increasing'] as const;

/**
 * As of Home Assistant 2026.9 (`components/sensor/const.py`). A release may add units: then a point with a new one has no
 * device class for a while. Quantities that are not here have no class there.
 */
export const DEVICE_CLASSES: Readonly<Partial<Record<MeasuredQuantity, DeviceClass>>> = {
  'absolute-humidity': { deviceClass: 'absolute_humidity', units: ['g/m³', 'mg/m³'], states: PRESENT },
  'apparent-power': { deviceClass: 'apparent_power', units: ['mVA', 'VA', 'kVA'], states: PRESENT },
  area: {
    deviceClass: 'area',
    units: ['mm²', 'cm²', 'm²', 'km²', 'ha', 'in²', 'ft²', 'yd²', 'mi²', 'ac'],
    states: ANY,
  },
  'atmospheric-pressure': {
    deviceClass: 'atmospheric_pressure',
    units: ['mPa', 'Pa', 'hPa', 'kPa', 'bar', 'cbar', 'mbar', 'mmHg', 'inHg', 'inH₂O', 'psi'],
    states: PRESENT,
  },
  battery: { deviceClass: 'battery', units: ['%'], states: PRESENT },
  'carbon-dioxide': { deviceClass: 'carbon_dioxide', units: ['ppm'], states: PRESENT },
  'carbon-monoxide': { deviceClass: 'carbon_monoxide', units: ['ppb', 'ppm', 'μg/m³', 'mg/m³'], states: PRESENT },
  conductivity: { deviceClass: 'conductivity', units: ['μS/cm', 'mS/cm', 'S/cm'], states: PRESENT },
  current: { deviceClass: 'current', units: ['μA', 'mA', 'A'], states: PRESENT },
  distance: { deviceClass: 'distance', units: ['mm', 'cm', 'm', 'km', 'in', 'ft', 'yd', 'mi', 'nmi'], states: ANY },
  duration: { deviceClass: 'duration', units: ['μs', 'ms', 's', 'min', 'h', 'd'], states: ANY },
  energy: {
    deviceClass: 'energy',
    units: ['mWh', 'Wh', 'kWh', 'MWh', 'GWh', 'TWh', 'J', 'kJ', 'MJ', 'GJ', 'cal', 'kcal', 'Mcal', 'Gcal'],
    states: COUNTER,
  },
  'energy-storage': {
    deviceClass: 'energy_storage',
    units: ['mWh', 'Wh', 'kWh', 'MWh', 'GWh', 'TWh', 'J', 'kJ', 'MJ', 'GJ', 'cal', 'kcal', 'Mcal', 'Gcal'],
    states: PRESENT,
  },
  frequency: { deviceClass: 'frequency', units: ['mHz', 'Hz', 'kHz', 'MHz', 'GHz'], states: PRESENT },
  gas: { deviceClass: 'gas', units: ['L', 'm³', 'ft³', 'CCF', 'MCF'], states: COUNTER },
  humidity: { deviceClass: 'humidity', units: ['%'], states: PRESENT },
  illuminance: { deviceClass: 'illuminance', units: ['lx'], states: PRESENT },
  irradiance: { deviceClass: 'irradiance', units: ['W/m²', 'BTU/(h⋅ft²)'], states: PRESENT },
  mass: { deviceClass: 'weight', units: ['μg', 'mg', 'g', 'kg', 'oz', 'lb', 'st'], states: ANY },
  moisture: { deviceClass: 'moisture', units: ['%'], states: PRESENT },
  'nitrogen-dioxide': { deviceClass: 'nitrogen_dioxide', units: ['ppb', 'ppm', 'μg/m³'], states: PRESENT },
  ozone: { deviceClass: 'ozone', units: ['ppb', 'ppm', 'μg/m³'], states: PRESENT },
  ph: { deviceClass: 'ph', units: [''], states: PRESENT },
  pm1: { deviceClass: 'pm1', units: ['μg/m³'], states: PRESENT },
  pm10: { deviceClass: 'pm10', units: ['μg/m³'], states: PRESENT },
  pm25: { deviceClass: 'pm25', units: ['μg/m³'], states: PRESENT },
  power: { deviceClass: 'power', units: ['mW', 'W', 'kW', 'MW', 'GW', 'TW'], states: PRESENT },
  'power-factor': { deviceClass: 'power_factor', units: ['', '%'], states: PRESENT },
  precipitation: { deviceClass: 'precipitation', units: ['mm', 'cm', 'in'], states: ANY },
  'precipitation-intensity': {
    deviceClass: 'precipitation_intensity',
    units: ['mm/h', 'mm/d', 'in/h', 'in/d'],
    states: PRESENT,
  },
  pressure: {
    deviceClass: 'pressure',
    units: ['mPa', 'Pa', 'hPa', 'kPa', 'bar', 'cbar', 'mbar', 'mmHg', 'inHg', 'inH₂O', 'psi'],
    states: PRESENT,
  },
  'reactive-energy': { deviceClass: 'reactive_energy', units: ['varh', 'kvarh'], states: COUNTER },
  'reactive-power': { deviceClass: 'reactive_power', units: ['mvar', 'var', 'kvar'], states: PRESENT },
  'signal-strength': { deviceClass: 'signal_strength', units: ['dB', 'dBm'], states: PRESENT },
  'sound-pressure': { deviceClass: 'sound_pressure', units: ['dB', 'dBA'], states: PRESENT },
  speed: {
    deviceClass: 'speed',
    units: ['mm/s', 'm/s', 'm/min', 'km/h', 'mm/h', 'mm/d', 'in/s', 'in/h', 'in/d', 'ft/s', 'mph', 'kn', 'Beaufort'],
    states: PRESENT,
  },
  temperature: { deviceClass: 'temperature', units: ['°C', '°F', 'K'], states: PRESENT },
  'temperature-difference': { deviceClass: 'temperature_delta', units: ['°C', '°F', 'K'], states: PRESENT },
  voltage: { deviceClass: 'voltage', units: ['μV', 'mV', 'V', 'kV', 'MV'], states: PRESENT },
  volume: { deviceClass: 'volume', units: ['mL', 'L', 'm³', 'fl. oz.', 'gal', 'ft³', 'CCF', 'MCF'], states: COUNTER },
  'volume-flow': {
    deviceClass: 'volume_flow_rate',
    units: ['mL/s', 'L/s', 'L/min', 'L/h', 'm³/s', 'm³/min', 'm³/h', 'ft³/min', 'gal/min', 'gal/h', 'gal/d'],
    states: PRESENT,
  },
  'volume-storage': {
    deviceClass: 'volume_storage',
    units: ['mL', 'L', 'm³', 'fl. oz.', 'gal', 'ft³', 'CCF', 'MCF'],
    states: PRESENT,
  },
  water: { deviceClass: 'water', units: ['L', 'm³', 'gal', 'ft³', 'CCF', 'MCF'], states: COUNTER },
  'wind-direction': { deviceClass: 'wind_direction', units: ['°'], states: ANGLE },
  'wind-speed': {
    deviceClass: 'wind_speed',
    units: ['mm/s', 'm/s', 'm/min', 'km/h', 'in/s', 'ft/s', 'mph', 'kn', 'Beaufort'],
    states: PRESENT,
  },
};

/** Spellings that people and meters use → the text that Home Assistant knows for the same unit. */
const SPELLINGS: ReadonlyMap<string, string> = new Map([
  ['VAr', 'var'],
  ['kVAr', 'kvar'],
  ['VArh', 'varh'],
  ['kVArh', 'kvarh'],
  ['m3', 'm³'],
  ['m^3', 'm³'],
  ['m3/h', 'm³/h'],
  ['m^3/h', 'm³/h'],
  ['m3/min', 'm³/min'],
  ['m3/s', 'm³/s'],
  ['dm3', 'L'],
  ['dm³', 'L'],
  ['l', 'L'],
  ['l/h', 'L/h'],
  ['l/min', 'L/min'],
  ['l/s', 'L/s'],
  ['ml', 'mL'],
  ['ml/s', 'mL/s'],
  ['W/m2', 'W/m²'],
  ['m2', 'm²'],
  ['deg', '°'],
  ['degC', '°C'],
  ['degF', '°F'],
  ['pH', ''],
]);

/** The unit as Home Assistant writes it; empty: none. Its micro sign is the Greek letter. Pure. */
export function unitText(unit: string | undefined): string {
  if (unit === undefined) return '';
  return (SPELLINGS.get(unit) ?? unit).replace('\u00b5', '\u03bc');
}
