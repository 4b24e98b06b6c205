import * as z from 'zod';
import { commonOptions, usualUnit } from '../options.ts';

export const rtuOptions = z.strictObject(commonOptions).superRefine(usualUnit);
