import { modbusDriver } from '../device.ts';
import { rtuDoubts } from '../doubts.ts';
import { rtuOptions } from './options.ts';
import { rtuWire } from './wire.ts';

/** Modbus RTU master (Modbus Application Protocol V1.1b3, Modbus over Serial Line V1.02). */
export const driver = modbusDriver({
  name: 'modbus-rtu',
  summary: 'Modbus RTU devices on RS-485, RS-232 or a raw TCP serial server: meters, relays, drives, sensors',
  options: rtuOptions,
  transport: rtuWire,
  portDoubts: rtuDoubts,
});
