import type { BusConfig, TcpPortConfig } from '../../../config/config.ts';
import { tcpPortSchema } from '../../../config/schema/bus.ts';

/** By what a line can be asked. */
export const SCAN_DRIVERS = ['modbus-rtu', 'modbus-ascii', 'modbus-tcp'] as const;
export type ScanDriver = (typeof SCAN_DRIVERS)[number];

/** `HOST:PORT`; an IPv6 address stands in brackets. */
const SERVER = /^(?:\[([0-9A-Fa-f:.]{2,45})\]|([^\s:/[\]]{1,253})):([0-9]{1,5})$/;

/** The port of Modbus TCP (Modbus Messaging on TCP/IP V1.0b, 3.1.1). */
const MODBUS_TCP_PORT = 502;

/** A server that was named on the command line; undefined: it is none. */
export function serverArgument(where: string): TcpPortConfig | undefined {
  const [, bracketed, plain, tcpPort] = SERVER.exec(where) ?? [];
  const read = tcpPortSchema.safeParse({ host: bracketed ?? plain, tcpPort: Number(tcpPort), silentReopenMs: 0 });
  return read.success ? read.data : undefined;
}

export function isScanDriver(name: unknown): name is ScanDriver {
  return SCAN_DRIVERS.some((each) => each === name);
}

/** How a line is asked where nobody says it: as its devices are, or as its port is usually spoken to. */
export function usualDriver(port: BusConfig['port'], bus?: Pick<BusConfig, 'devices'>): ScanDriver {
  const own = bus?.devices.map(({ driver }) => driver).find(isScanDriver);
  if (own !== undefined) return own;
  const isServer = 'host' in port && (bus === undefined || port.tcpPort === MODBUS_TCP_PORT);
  return isServer ? 'modbus-tcp' : 'modbus-rtu';
}
