import { join } from 'node:path';
import { type Program, startProgram } from '../testbed/program.ts';

/** A process that takes what it can get of one core, for so many milliseconds at most. */
export function startBusyProgram(atMost: number): Program {
  const file = join(import.meta.dirname, `busy${import.meta.filename.endsWith('.ts') ? '.ts' : '.js'}`);
  return startProgram({ words: [process.execPath, file, String(atMost)] });
}
