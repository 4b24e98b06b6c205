import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, copyFile, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checkout } from '../testbed/place.ts';

/** The folders of `test/bench` that hold a program with packages of its own. */
const PROGRAMS = { 'peer-node': 'peer.mjs', 'peer-obis': 'decode.mjs' } as const;

export type NodePeer = keyof typeof PROGRAMS;

/**
 * Installs a Node peer with its locked packages into `.cache`, once for each content of its folder; needs the npm
 * registry then. No script of a package runs, and nothing of it comes near the product's own packages.
 * @returns the program's path
 */
export async function installNodePeer(peer: NodePeer): Promise<string> {
  const root = checkout();
  const source = join(root, 'test', 'bench', peer);
  const files = ['package.json', 'package-lock.json', '.npmrc', PROGRAMS[peer]];
  const hash = createHash('sha256');
  for (const name of files) hash.update(await readFile(join(source, name)));
  const folder = join(root, '.cache', `${peer}-${hash.digest('hex').slice(0, 16)}`);
  const program = join(folder, PROGRAMS[peer]);
  if (await exists(program)) return program;
  await mkdir(join(root, '.cache'), { recursive: true });
  const half = await mkdtemp(`${folder}.`);
  try {
    for (const name of files) await copyFile(join(source, name), join(half, name));
    process.stderr.write(`bench: installing the packages that ${peer} needs (npm ci) …\n`);
    const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
    await promisify(execFile)('npm', ['ci', '--ignore-scripts', ...quiet], { cwd: half });
    // Another bench that installed at the same time may have been first; then its folder stays.
    await rename(half, folder).catch(async (error: unknown) => {
      if (!(await exists(program))) throw error;
    });
    return program;
  } finally {
    await rm(half, { recursive: true, force: true });
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
