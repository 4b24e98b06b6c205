import type { LineTiming, Pacer, Port } from '../contract/port.ts';
import type { Bound } from './bound.ts';
import { type LineSettings, lineTiming, UNKNOWN_LINE } from './line.ts';
import { SerialPort } from './serial-port.ts';
import { TcpPort } from './tcp-port.ts';

/** Where a port is: a serial device of this machine, or a serial server's raw TCP port. */
export type PortSettings = SerialSettings | TcpSettings;

export interface SerialSettings extends LineSettings {
  /** See `isPortPath`. */
  readonly path: string;
  /** Whether the adapter's latency timer may be lowered to 1 ms; absent: yes. */
  readonly lowLatency?: boolean | undefined;
  /** The levels of DTR and RTS while the port is open; absent: as the kernel's opening sets them, which is on. */
  readonly dtr?: boolean | undefined;
  readonly rts?: boolean | undefined;
}

export interface TcpSettings {
  /** Name or address. */
  readonly host: string;
  /** 1 to 65535. */
  readonly tcpPort: number;
}

/**
 * A new port, not yet open. One object for each time that it is opened.
 * @param pacer writes a serial port's requests at their instant; without it they are only written at once
 */
export function createPort(settings: PortSettings, bound: Bound, pacer?: Pacer): Port {
  return 'path' in settings ? new SerialPort(settings, bound, pacer) : new TcpPort(settings);
}

/** The times of the line that a port leads to. */
export function portTiming(settings: PortSettings): LineTiming {
  return 'path' in settings ? lineTiming(settings) : UNKNOWN_LINE;
}
