/** CS, state of operation (VE.Direct protocol 3.34, "Field CS"). */
export const STATES: Readonly<Record<string, string>> = {
  '0': 'off',
  '1': 'low-power',
  '2': 'fault',
  '3': 'bulk',
  '4': 'absorption',
  '5': 'float',
  '6': 'storage',
  '7': 'equalize',
  '9': 'inverting',
  '11': 'power-supply',
  '245': 'starting-up',
  '246': 'repeated-absorption',
  '247': 'auto-equalize',
  '248': 'battery-safe',
  '252': 'external-control',
};

/** MODE (VE.Direct protocol 3.34, "Field MODE"). */
export const DEVICE_MODES: Readonly<Record<string, string>> = {
  '1': 'charger',
  '2': 'inverter',
  '4': 'off',
  '5': 'eco',
  '253': 'hibernate',
};

/** MPPT, mode of the tracker (VE.Direct protocol 3.34, "Field MPPT"). */
export const TRACKER_MODES: Readonly<Record<string, string>> = { '0': 'off', '1': 'limited', '2': 'tracking' };
