import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checkout } from './place.ts';

/**
 * Compiles a C program of the checkout into `.cache`, once for each content of its source.
 * @param source path from the top of the checkout
 * @param libraries what follows the source on the compiler's command line
 * @returns the program's path
 */
export async function compileC(source: string, libraries: readonly string[]): Promise<string> {
  const root = checkout();
  const file = join(root, source);
  const hash = createHash('sha256')
    .update(await readFile(file))
    .digest('hex')
    .slice(0, 16);
  const name = source.replace(/^.*\/|\.c$/g, '');
  const program = join(root, '.cache', `${name}-${hash}`);
  try {
    await access(program);
  } catch {
    await mkdir(join(root, '.cache'), { recursive: true });
    // Two may compile at once: each makes its own, and the last one to be whole stays.
    const half = `${program}.${process.pid}`;
    await promisify(execFile)('gcc', ['-O2', '-o', half, file, ...libraries]);
    await rename(half, program);
  }
  return program;
}
