/** The sort of value that a device sends for a label. */
export interface LabelKind {
  readonly type: 'number' | 'text';
  /** Of the number as sent. */
  readonly unit?: string;
}

const text = { type: 'text' } as const;
const plain = { type: 'number' } as const;
const number = (unit: string) => ({ type: 'number', unit }) as const;

/** Every label of the text mode (VE.Direct protocol 3.34, "Field descriptions"), as sent. No prototype. */
export const LABELS: Readonly<Record<string, LabelKind>> = Object.freeze(
  Object.assign(Object.create(null), {
    V: number('mV'),
    V2: number('mV'),
    V3: number('mV'),
    VS: number('mV'),
    VM: number('mV'),
    DM: number('‰'),
    VPV: number('mV'),
    PPV: number('W'),
    I: number('mA'),
    I2: number('mA'),
    I3: number('mA'),
    IL: number('mA'),
    LOAD: text,
    T: number('°C'),
    P: number('W'),
    CE: number('mAh'),
    SOC: number('‰'),
    TTG: number('min'),
    Alarm: text,
    Relay: text,
    AR: plain,
    OR: text,
    H1: number('mAh'),
    H2: number('mAh'),
    H3: number('mAh'),
    H4: plain,
    H5: plain,
    H6: number('mAh'),
    H7: number('mV'),
    H8: number('mV'),
    H9: number('s'),
    H10: plain,
    H11: plain,
    H12: plain,
    H13: plain,
    H14: plain,
    H15: number('mV'),
    H16: number('mV'),
    H17: number('0.01 kWh'),
    H18: number('0.01 kWh'),
    H19: number('0.01 kWh'),
    H20: number('0.01 kWh'),
    H21: number('W'),
    H22: number('0.01 kWh'),
    H23: number('W'),
    ERR: plain,
    CS: plain,
    BMV: text,
    FW: text,
    FWE: text,
    PID: text,
    'SER#': text,
    HSDS: plain,
    MODE: plain,
    AC_OUT_V: number('0.01 V'),
    AC_OUT_I: number('0.1 A'),
    AC_OUT_S: number('VA'),
    WARN: plain,
    MPPT: plain,
    MON: plain,
    DC_IN_V: number('0.01 V'),
    DC_IN_I: number('0.1 A'),
    DC_IN_P: number('W'),
  } satisfies Record<string, LabelKind>),
);

/** Decimal as in the protocol; hexadecimal with `0x` as in OR and PID. */
const NUMERAL = /^(?:[+-]?\d{1,12}(?:\.\d{1,6})?|0x[0-9A-Fa-f]{1,8})$/;

/**
 * A value as a number, or null: `---` is what a device sends for a number that it does not know, and a text that is no
 * number at all can not be known either.
 */
export function readNumber(value: string): number | null {
  // Adding 0 turns -0 into 0.
  return NUMERAL.test(value) ? Number(value) + 0 : null;
}
