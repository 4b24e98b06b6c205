import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';

/** Folders of programs that start something when they are imported; they are no tools of others. */
const NO_TOOLS = /^bundle\//;

/** A tool's file stays a file of its own, so that it finds what lies beside it and can be started by its name. */
const oneByOne: Plugin = {
  name: 'one by one',
  setup({ onResolve, initialOptions }) {
    const scripts = join(initialOptions.absWorkingDir ?? '', 'scripts');
    onResolve({ filter: /^\..*\.ts$/ }, ({ path, resolveDir, kind }) =>
      kind !== 'entry-point' && join(resolveDir, path).startsWith(`${scripts}/`)
        ? { path: path.replace(/\.ts$/, '.js'), external: true }
        : undefined,
    );
  },
};

/** Compiles the tools of a checkout (demo, bench, reference pages). Their packages stay outside: they are never shipped. */
export async function bundleTools(root: string, out: string): Promise<void> {
  const files = await readdir(join(root, 'scripts'), { recursive: true });
  const entries = files.filter((path) => path.endsWith('.ts') && !NO_TOOLS.test(path));
  if (entries.length === 0) return;
  await build({
    absWorkingDir: root,
    entryPoints: entries.map((path) => join('scripts', path)),
    outdir: out,
    outbase: root,
    // As deep as the tools themselves, so that a path relative to a module leads to the same place from a chunk.
    chunkNames: 'scripts/chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    plugins: [oneByOne],
    logLevel: 'warning',
  });
}
