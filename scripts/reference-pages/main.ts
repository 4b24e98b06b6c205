/** Run by scripts/reference, in the checkout: writes the reference pages and tells which of them changed. */
import { readFile, writeFile } from 'node:fs/promises';
import { referencePages } from './pages.ts';

for (const [path, text] of await referencePages()) {
  const before = await readFile(path, 'utf8').catch(() => '');
  if (before !== text) await writeFile(path, text);
  process.stdout.write(`${path}: ${before === text ? 'unchanged' : 'written'}\n`);
}
