import { rtuDoubts } from '../../doubts.ts';
import { rtuCourier } from '../../rtu/wire.ts';
import { sunspecDriver } from '../device.ts';
import { sunspecRtuOptions } from '../options.ts';

/** SunSpec devices on a line (SunSpec Device Information Model Specification, over Modbus RTU). */
export const driver = sunspecDriver({
  name: 'sunspec-rtu',
  summary: 'SunSpec inverters, meters and batteries on RS-485 or a raw TCP serial server, by model and point',
  options: sunspecRtuOptions,
  courier: rtuCourier,
  portDoubts: rtuDoubts,
});
