import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { folderOf } from '../../drivers/registry/folders.ts';
import { DRIVERS } from '../../drivers/registry/table.ts';
import { leaner, NATIVE } from './outside.ts';

/** Libraries in CommonJS ask for Node's modules by `require`, which a module does not have. */
const REQUIRE = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`;

/**
 * Bundles the agent: its main program, each driver as an entry of its own, and the programs of threads. Code that two
 * of them need lies in a chunk once, so that a class such as `Fault` is the same for all.
 * @param out the folder that becomes `dist`
 * @returns the sources of each output, paths relative to `root`
 */
export async function bundleAgent(root: string, out: string): Promise<Metafile> {
  const threads = (await readdir(join(root, 'agent'), { recursive: true })).filter((path) => /-worker\.ts$/.test(path));
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [
      'agent/main.ts',
      ...threads.map((path) => join('agent', path)),
      ...Object.keys(DRIVERS).map((name) => `drivers/${folderOf(name)}/driver.ts`),
    ],
    outdir: out,
    outbase: root,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // The source stays in memory as long as the agent runs. Names are kept: faults and debug logs show them.
    minifyWhitespace: true,
    minifySyntax: true,
    // One character beyond Latin-1 would make a chunk's source twice as large in memory.
    charset: 'ascii',
    legalComments: 'none',
    external: [`${NATIVE}/package.json`],
    plugins: [leaner],
    banner: { js: REQUIRE },
    metafile: true,
    logLevel: 'warning',
  });
  return metafile;
}
