import type { BusConfig } from '../../../../config/config.ts';
import type { Catalogue } from '../../../../drivers/registry/loader.ts';
import { fittingPeriod } from '../../periods.ts';
import { configLines } from './model-words.ts';

/**
 * The period that the devices of a config to paste have.
 * @param devices their lines with this period
 * @returns milliseconds; undefined: the default
 */
export function periodToPaste(
  port: BusConfig['port'],
  devices: (pollMs: number | undefined) => readonly string[],
  catalogue: Catalogue,
): Promise<number | undefined> {
  const text = (pollMs: number | undefined) => configLines(port, devices(pollMs)).join('\n');
  // no file yet, and nobody's environment
  return fittingPeriod(text, { file: 'fieldward.yaml', environment: {}, catalogue });
}
