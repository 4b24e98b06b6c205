import type { SerialPortConfig } from '../../../config/config.ts';
import { lineTiming } from '../../../drivers/port/line.ts';

/** One part of a sweep: these units at these settings. */
export interface SweepPart {
  readonly port: SerialPortConfig;
  readonly units: readonly number[];
}

/** Speeds by likelihood: as devices are delivered, and as the standard has it (Modbus over Serial Line V1.02, 2.2 and 3.2). */
const RATES = [9600, 19_200, 115_200, 38_400, 57_600, 4800, 2400, 1200];
const PARITIES = ['none', 'even', 'odd'] as const;
/** The standard's own setting is even, and at 19200 it is the usual one. */
const EVEN_FIRST = 19_200;
/** Units that devices are delivered with are the first ones. */
const LIKELY_UNITS = 10;

/** To open and close a port, milliseconds. */
const OPENING = 300;
/** Characters of a request, of an answer, and of the silences around them. */
const CHARACTERS = 8 + 7 + 7;

/**
 * The units that are asked at each setting, in this order: the first units at all settings, then the others.
 * @param port its speed and parity are kept where not all are asked for
 */
export function sweepParts(
  port: SerialPortConfig,
  { baud, parity }: { readonly baud: boolean; readonly parity: boolean },
  units: readonly number[],
): readonly SweepPart[] {
  const settings = (baud ? RATES : [port.baudRate]).flatMap((baudRate) => {
    const parities = baudRate === EVEN_FIRST ? (['even', 'none', 'odd'] as const) : PARITIES;
    return (parity ? parities : [port.parity]).map((each) => ({ ...port, baudRate, parity: each }));
  });
  const rounds = [units.filter((unit) => unit <= LIKELY_UNITS), units.filter((unit) => unit > LIKELY_UNITS)];
  return rounds.flatMap((some) => (some.length === 0 ? [] : settings.map((each) => ({ port: each, units: some }))));
}

/** How long a part takes where nobody answers, milliseconds. */
export function partMs({ port, units }: SweepPart, timeoutMs: number, listenMs: number): number {
  return OPENING + listenMs + units.length * (timeoutMs + CHARACTERS * lineTiming(port).characterMs);
}

/** `8 s`, `9 min`. */
export function spanText(ms: number): string {
  return ms < 120_000 ? `${Math.ceil(ms / 1000)} s` : `${Math.ceil(ms / 60_000)} min`;
}
