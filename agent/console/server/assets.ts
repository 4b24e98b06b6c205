import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readTextFile } from '../../../config/source/file.ts';
import { integrityOf } from '../../../drivers/registry/integrity.ts';
import { readManifest } from '../../../drivers/registry/manifest.ts';
import { MOST_ASSET_BYTES } from '../limits.ts';

export interface Asset {
  readonly type: string;
  readonly body: Buffer;
}

/** Path of a request → what is there. Nothing else is ever served, and no path of a request is one of a file. */
export type Assets = ReadonlyMap<string, Asset>;

const FILES: readonly (readonly [path: string, name: string, type: string])[] = [
  ['/', 'console.html', 'text/html; charset=utf-8'],
  ['/console.js', 'console.js', 'text/javascript; charset=utf-8'],
  ['/console.css', 'console.css', 'text/css; charset=utf-8'],
  ['/icon.svg', 'icon.svg', 'image/svg+xml'],
];

/**
 * The page as it was built, once and for all: later changes of the files change nothing.
 * @param folder of the built page, `agent/console/` in the tree
 * @returns or undefined where a file is missing, or is not the one that the build made
 */
export async function loadAssets(folder: URL): Promise<Assets | undefined> {
  const place = fileURLToPath(folder);
  const built = integrityOf(import.meta.url) === 'verify' ? await builtFiles(join(place, '../../drivers')) : undefined;
  const assets = new Map<string, Asset>();
  for (const [path, name, type] of FILES) {
    const content = await readTextFile(join(place, name), MOST_ASSET_BYTES);
    if (!content.ok || (built !== undefined && built?.get(`agent/console/${name}`) !== content.hash)) return undefined;
    assets.set(path, { type, body: Buffer.from(content.text) });
  }
  return assets;
}

async function builtFiles(folder: string): Promise<ReadonlyMap<string, string>> {
  try {
    return (await readManifest(folder)).files;
  } catch {
    return new Map();
  }
}
