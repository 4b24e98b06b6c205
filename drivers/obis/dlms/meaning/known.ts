import type { Data } from '../apdu/a-xdr.ts';
import type { Quantity, ScalerUnit } from './quantity.ts';

export type Maker = 'kamstrup' | 'kamstrup-transformer' | 'kaifa' | 'landis-gyr';

const [W, VAR, WH, VARH, A, V, BARE] = [27, 29, 30, 32, 33, 35, 255];

/** Instantaneous values by quantity (IEC 62056-61): those of the phases lie 20 apart. */
const POWER = phased([1, 2, 21, 22]);
const REACTIVE_POWER = phased([3, 4, 23, 24]);
const CURRENT = phased([31]);
const VOLTAGE = phased([32]);
const POWER_FACTOR = new Set([13, ...phased([33])]);

/** Processing: instantaneous value, time integral 1. */
const [NOW, TOTAL] = [7, 8];

interface Scalers {
  readonly energy: number;
  readonly current: number;
  readonly voltage: number;
  readonly powerFactor: number;
}

/**
 * Powers of ten of what makers send without scaler and unit. Facts from:
 *
 * - Kamstrup: "HAN-NVE interface description" 5512-2013 (energies in 10 Wh, currents in 10 mA); of meters behind current
 *   transformers, type 685…, currents in mA. The open decoders amshan and amsreader-firmware agree, also on Danish lists.
 * - Kaifa: "KFM_001 HAN OBIS codes", NEK (currents in mA, voltages in 100 mV), as read by amshan, also where it sends codes.
 * - Landis+Gyr, lists with attributes: as read by amsreader-firmware (currents in 10 mA, voltages in 100 mV).
 */
const SCALERS: Readonly<Record<Maker, Scalers>> = {
  kamstrup: { energy: 1, current: -2, voltage: 0, powerFactor: -2 },
  'kamstrup-transformer': { energy: 1, current: -3, voltage: 0, powerFactor: -2 },
  kaifa: { energy: 0, current: -3, voltage: -1, powerFactor: -3 },
  'landis-gyr': { energy: 0, current: -2, voltage: -1, powerFactor: -3 },
};

/** Undefined: nothing is known of this quantity. */
export function knownOf(maker: Maker, code: Uint8Array): ScalerUnit | undefined {
  const { energy, current, voltage, powerFactor } = SCALERS[maker];
  const [medium, , quantity = 0, processing] = code;
  if (medium !== 1) return undefined;
  if (processing === TOTAL) {
    if (POWER.has(quantity)) return { scaler: energy, unit: WH };
    return REACTIVE_POWER.has(quantity) || (quantity >= 5 && quantity <= 8)
      ? { scaler: energy, unit: VARH }
      : undefined;
  }
  if (processing !== NOW) return undefined;
  if (POWER.has(quantity)) return { scaler: 0, unit: W };
  if (REACTIVE_POWER.has(quantity)) return { scaler: 0, unit: VAR };
  if (CURRENT.has(quantity)) return { scaler: current, unit: A };
  if (VOLTAGE.has(quantity)) return { scaler: voltage, unit: V };
  return POWER_FACTOR.has(quantity) ? { scaler: powerFactor, unit: BARE } : undefined;
}

/** The maker whose list begins so; undefined: none that sends numbers without scalers under codes. */
export function makerOf(first: Data | undefined, quantities: readonly Quantity[]): Maker | undefined {
  const texts = [first, ...quantities.map(({ data }) => data)].map(asciiOf);
  if (texts[0]?.startsWith('Kamstrup_V') === true) {
    return texts.some((text) => text?.startsWith('685')) ? 'kamstrup-transformer' : 'kamstrup';
  }
  return texts.some((text) => text?.startsWith('KFM_')) ? 'kaifa' : undefined;
}

function asciiOf(data: Data | undefined): string | undefined {
  return data?.kind === 'text' || data?.kind === 'octets'
    ? String.fromCharCode(...data.bytes.subarray(0, 16))
    : undefined;
}

function phased(quantities: readonly number[]): ReadonlySet<number> {
  return new Set(
    quantities.flatMap((quantity) => (quantity < 20 ? [quantity] : [0, 20, 40].map((step) => quantity + step))),
  );
}
