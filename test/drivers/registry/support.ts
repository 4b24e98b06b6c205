import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
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

/** A tree like a built one, with a true manifest: two drivers that share a chunk, and one chunk of each alone. */
export async function builtTree(): Promise<{ root: string; files: Record<string, string> }> {
  const root = await newFolder();
  const files: Record<string, string> = {
    'drivers/sound/driver.js': 'export const a = 1;\n',
    'drivers/sound/profiles/one.yaml': 'a: 1\n',
    'drivers/other/driver.js': 'export const b = 2;\n',
    'chunks/chunk-BOTH.js': '// both\n',
    'chunks/chunk-SOUND.js': '// sound\n',
    'chunks/chunk-OTHER.js': '// other\n',
    'chunks/run-AGENT.js': '// the agent alone\n',
  };
  await writeFiles(root, files);
  const manifest = {
    files: new Map(Object.entries(files).map(([path, content]) => [path, sha256(content)])),
    chunks: new Map([
      ['sound', ['chunks/chunk-BOTH.js', 'chunks/chunk-SOUND.js']],
      ['other', ['chunks/chunk-BOTH.js', 'chunks/chunk-OTHER.js']],
    ]),
  };
  await writeFile(join(root, 'drivers', 'manifest.json'), formatManifest(manifest));
  return { root, files };
}
