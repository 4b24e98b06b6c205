import { modbusDriver } from '../device.ts';
import { serverDoubts } from '../doubts.ts';
import { asciiOptions } from './options.ts';
import { asciiWire } from './wire.ts';

/** Modbus ASCII master (Modbus Application Protocol V1.1b3, Modbus over Serial Line V1.02, 2.5.2). */
export const driver = modbusDriver({
  name: 'modbus-ascii',
  summary: 'Modbus ASCII devices on a serial line or a raw TCP serial server: older drives, scales, controllers',
  options: asciiOptions,
  transport: asciiWire,
  portDoubts: serverDoubts,
});
