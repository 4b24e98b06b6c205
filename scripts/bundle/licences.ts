import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/** The text of every licence of which something is in the bundle, and of facts that come from elsewhere, for `dist/THIRD-PARTY-LICENSES.txt`. */
export async function licences(root: string, metafiles: readonly Metafile[]): Promise<string> {
  const folders = new Set<string>();
  for (const { inputs } of metafiles.flatMap(({ outputs }) => Object.values(outputs))) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const found = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
      if (found !== undefined && bytesInOutput > 0) folders.add(found);
    }
  }
  const parts = await Promise.all([...folders].sort().map((folder) => licenceOf(join(root, folder))));
  const notice = `${'='.repeat(80)}\n${await readFile(join(root, 'NOTICE'), 'utf8')}`;
  return `Fieldward contains parts of these packages.\n\n${[...new Set(parts), notice].join('\n')}`;
}

async function licenceOf(folder: string): Promise<string> {
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).sort();
  const texts = await Promise.all(files.map(async (file) => (await readFile(join(folder, file), 'utf8')).trim()));
  return `${'='.repeat(80)}\n${name} ${version} (${license})\n\n${texts.join('\n\n')}\n`;
}
