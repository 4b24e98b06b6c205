import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SHARED_FOLDERS } from '../../../drivers/registry/integrity.ts';
import { formatManifest } from '../../../drivers/registry/manifest.ts';
import { newFolder } from '../../support/folder.ts';

/** Writes files by relative path. */
export async function writeFiles(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
}

export function sha256(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** A folder like a built `drivers`, with a true manifest. */
export async function builtDrivers(): Promise<{ folder: string; files: Record<string, string> }> {
  const folder = await newFolder();
  const files: Record<string, string> = {
    'sound/driver.js': 'export const a = 1;\n',
    'sound/profiles/one.yaml': 'a: 1\n',
    'other/driver.js': 'export const b = 2;\n',
  };
  for (const shared of SHARED_FOLDERS) files[`${shared}/x.js`] = `// ${shared}\n`;
  await writeFiles(folder, files);
  const manifest = new Map(Object.entries(files).map(([path, content]) => [path, sha256(content)]));
  await writeFile(join(folder, 'manifest.json'), formatManifest(manifest));
  return { folder, files };
}
