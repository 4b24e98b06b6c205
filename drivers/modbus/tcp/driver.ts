import { modbusDriver } from '../device.ts';
import { tcpOptions } from './options.ts';
import { tcpWire } from './wire.ts';

/** Modbus TCP client (Modbus Application Protocol V1.1b3, Modbus Messaging on TCP/IP V1.0b). */
export const driver = modbusDriver({
  name: 'modbus-tcp',
  summary: 'Modbus TCP devices, and units behind Modbus TCP gateways: inverters, meters, controllers',
  options: tcpOptions,
  transport: tcpWire,
  portDoubts: () => [],
});
