import { tcpCourier } from '../../tcp/courier.ts';
import { sunspecDriver } from '../device.ts';
import { sunspecTcpOptions } from '../options.ts';

/** SunSpec devices on the network (SunSpec Device Information Model Specification, over Modbus TCP). */
export const driver = sunspecDriver({
  name: 'sunspec-tcp',
  summary: 'SunSpec inverters, meters and batteries by Modbus TCP, by model and point',
  options: sunspecTcpOptions,
  courier: tcpCourier,
  portDoubts: () => [],
});
