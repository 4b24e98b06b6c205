import * as z from 'zod';
import { LIMITS } from '../limits.ts';
import { commonOptions, preset, usualUnit } from '../options.ts';

export const asciiOptions = z
  .strictObject({ ...commonOptions, characterGapMs: preset(LIMITS.characterGapMs) })
  .superRefine(usualUnit);

export type AsciiOptions = z.output<typeof asciiOptions>;
