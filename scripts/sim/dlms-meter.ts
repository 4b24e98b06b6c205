import {
  axdr,
  type CipherSettings,
  ciphered,
  dataNotification,
  dateTimeBytes,
  hdlc,
  joined,
  mbus,
} from './dlms-encoder.ts';

/** Codes of units: W, var, Wh, varh, A, V. */
const [W, VAR, WH, VARH, A, V] = [27, 29, 30, 32, 33, 35];

/** A house with a heat pump: its load goes round once in ten minutes. */
const ROUND = 600_000;

/** `aidon`: Norway, HDLC, clear text. `austria`: M-Bus frames, encrypted. */
export type DlmsModel = 'aidon' | 'austria';

export interface DlmsMeterSettings {
  readonly model: DlmsModel;
  /** 16 bytes; for `austria`. */
  readonly key?: Uint8Array;
}

/** Watts, amperes and volts of one moment. */
export function dlmsLoad(at: number): { readonly power: number; readonly current: number; readonly voltage: number } {
  const turn = Math.sin((2 * Math.PI * (at % ROUND)) / ROUND);
  const [power, voltage] = [Math.round(1500 + 900 * turn), Math.round(10 * (231 - 2 * turn)) / 10];
  return { power, voltage, current: Math.round((10 * power) / voltage) / 10 };
}

/** The meter's count, in watt-hours. */
export function dlmsEnergy(at: number): number {
  return Math.floor((1500 * (at % 1e12)) / 3_600_000);
}

/**
 * One telegram of a meter that pushes, as link frames in their order. Pure.
 * @param at wall clock, milliseconds since 1970; the invocation counter is its seconds
 */
export function dlmsTelegram(at: number, { model, key }: DlmsMeterSettings): readonly Uint8Array[] {
  return model === 'aidon' ? hdlc(dataNotification(aidonList(at))) : mbus(encrypted(at, key ?? new Uint8Array(16)));
}

function aidonList(at: number): Uint8Array {
  const { power, current, voltage } = dlmsLoad(at);
  const text = (code: string, value: string) => axdr.structure(axdr.code(code), axdr.visible(value));
  const number = (code: string, value: Uint8Array, scaler: number, unit: number) =>
    axdr.structure(axdr.code(code), value, axdr.scalerUnit(scaler, unit));
  return axdr.array(
    text('1.1.0.2.129.255', 'AIDON_V0001'),
    text('0.0.96.1.0.255', '7350000000000017'),
    text('0.0.96.1.7.255', '6525'),
    number('1.0.1.7.0.255', axdr.u32(power), 0, W),
    number('1.0.2.7.0.255', axdr.u32(0), 0, W),
    number('1.0.3.7.0.255', axdr.u32(120), 0, VAR),
    number('1.0.4.7.0.255', axdr.u32(0), 0, VAR),
    number('1.0.31.7.0.255', axdr.i16(Math.round(current * 10)), -1, A),
    number('1.0.32.7.0.255', axdr.u16(Math.round(voltage * 10)), -1, V),
    axdr.structure(axdr.code('0.0.1.0.0.255'), axdr.octets(dateTimeBytes(at))),
    number('1.0.1.8.0.255', axdr.u32(Math.floor(dlmsEnergy(at) / 10)), 1, WH),
    number('1.0.2.8.0.255', axdr.u32(0), 1, WH),
    number('1.0.3.8.0.255', axdr.u32(5230), 1, VARH),
    number('1.0.4.8.0.255', axdr.u32(0), 1, VARH),
  );
}

function encrypted(at: number, key: Uint8Array): Uint8Array {
  const { power, current, voltage } = dlmsLoad(at);
  const number = (code: string, value: Uint8Array, scaler: number, unit: number) =>
    [axdr.code(code), value, axdr.scalerUnit(scaler, unit)] as const;
  const body = axdr.structure(
    axdr.octets(dateTimeBytes(at, -60)),
    ...number('1.0.1.8.0.255', axdr.u32(dlmsEnergy(at)), 0, WH),
    ...number('1.0.2.8.0.255', axdr.u32(0), 0, WH),
    ...number('1.0.1.7.0.255', axdr.u32(power), 0, W),
    ...number('1.0.2.7.0.255', axdr.u32(0), 0, W),
    ...number('1.0.32.7.0.255', axdr.u16(Math.round(voltage * 10)), -1, V),
    ...number('1.0.31.7.0.255', axdr.u16(Math.round(current * 100)), -2, A),
    ...number('1.0.13.7.0.255', axdr.u16(987), -3, 255),
    axdr.octets('1KFM0200000017'),
  );
  const settings: CipherSettings = {
    title: Uint8Array.from(Buffer.from('4b464d6750000011', 'hex')),
    counter: Math.floor(at / 1000) >>> 0,
    control: 0x20,
    key,
    authenticationKey: new Uint8Array(16),
  };
  return ciphered(dataNotification(body, dateTimeBytes(at, -60)), settings);
}

/** All frames in one piece, for a program that writes to a line. */
export function dlmsBytes(at: number, settings: DlmsMeterSettings): Uint8Array {
  return joined(...dlmsTelegram(at, settings));
}
