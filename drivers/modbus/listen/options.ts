import { z } from 'zod';
import { commonOptions, usualUnit } from '../options.ts';

/** Those of modbus-rtu, so that a device can change from one driver to the other; the options about asking mean nothing here. */
export const listenOptions = z.strictObject(commonOptions).superRefine(usualUnit);
