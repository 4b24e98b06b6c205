import type { LineTiming, Pacer, Port } from '../contract/port.ts';
import type { Bound } from './bound.ts';
import { lineTiming, UNKNOWN_LINE } from './line.ts';
import { SerialPort } from './serial-port.ts';
import type { PortSettings } from './settings.ts';
import { TcpPort } from './tcp-port.ts';

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
