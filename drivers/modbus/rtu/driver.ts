import type { Doubt, PortFacts } from '../../contract/driver.ts';
import { modbusDriver } from '../device.ts';
import { serverDoubts } from '../doubts.ts';
import { rtuOptions } from './options.ts';
import { rtuWire } from './wire.ts';

/** Modbus RTU master (Modbus Application Protocol V1.1b3, Modbus over Serial Line V1.02). */
export const driver = modbusDriver({
  name: 'modbus-rtu',
  summary: 'Modbus RTU devices on RS-485, RS-232 or a raw TCP serial server: meters, relays, drives, sensors',
  options: rtuOptions,
  transport: rtuWire,
  portDoubts: (port) => [...lineDoubts(port), ...serverDoubts(port)],
});

function lineDoubts({ dataBits }: PortFacts): readonly Doubt[] {
  if (dataBits !== 7) return [];
  const message = 'Modbus RTU needs 8 data bits: of its bytes above 127 a bit is lost';
  return [{ at: { port: 'dataBits' }, message }];
}
