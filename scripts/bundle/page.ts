import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';

/** Where the page of the console is made, and where its server looks for it in the built tree. */
const PAGE = 'agent/console/page';
const BUILT = 'agent/console';

/** Browsers of the last three years. */
const BROWSERS = ['chrome112', 'firefox115', 'safari16.4'];

/**
 * Bundles the page of the console: one script, one style sheet, the shell and its icon.
 * @returns what came of what, paths relative to `root`
 */
export async function bundlePage(root: string, out: string): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [
      { in: `${PAGE}/main.tsx`, out: `${BUILT}/console` },
      { in: `${PAGE}/style.css`, out: `${BUILT}/console` },
    ],
    outdir: out,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: BROWSERS,
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify: true,
    charset: 'utf8',
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  await cp(join(root, PAGE, 'index.html'), join(out, BUILT, 'console.html'));
  await cp(join(root, PAGE, 'icon.svg'), join(out, BUILT, 'icon.svg'));
  return metafile;
}
