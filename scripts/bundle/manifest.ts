import { posix, relative } from 'node:path';
import type { Metafile } from 'esbuild';
import { Fault } from '../../drivers/contract/fault.ts';
import { folderOf } from '../../drivers/registry/folders.ts';
import { CHUNKS, digestsOf } from '../../drivers/registry/integrity.ts';
import { formatManifest, parseManifest } from '../../drivers/registry/manifest.ts';

/**
 * The list that drivers are checked against before they are imported: every file, and which chunks each one runs. The
 * page of the console is checked against it too.
 */
export async function manifestText(
  root: string,
  out: string,
  metafile: Metafile,
  drivers: readonly string[],
): Promise<string> {
  const text = formatManifest({
    files: await digestsOf(out, ['drivers', CHUNKS, 'agent/console']),
    chunks: new Map(drivers.map((name) => [name, chunksOf(name, metafile, relative(root, out))])),
  });
  // A file whose name has another form would pass here and be refused in the field: better to fail in the build.
  if (parseManifest(text) === undefined) throw new Fault('driver/manifest');
  return text;
}

/** Every chunk that runs when this driver is imported, or that it can still import later. */
function chunksOf(name: string, { outputs }: Metafile, out: string): readonly string[] {
  const found = new Set<string>();
  const waiting = [posix.join(out, 'drivers', folderOf(name), 'driver.js')];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const output = outputs[path];
    if (output === undefined || found.has(path)) continue;
    found.add(path);
    for (const { path: next, external } of output.imports) if (external !== true) waiting.push(next);
  }
  return [...found]
    .map((path) => posix.relative(out, path))
    .filter((path) => path.startsWith(`${CHUNKS}/`))
    .sort();
}
