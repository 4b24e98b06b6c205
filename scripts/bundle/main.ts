/** Run by scripts/build: `main.js OUT` makes in OUT, which is empty, everything that becomes `dist`. */
import { chmod, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { MANIFEST_FILE } from '../../drivers/registry/manifest.ts';
import { DRIVERS } from '../../drivers/registry/table.ts';
import { bundleAgent } from './agent.ts';
import { licences } from './licences.ts';
import { manifestText } from './manifest.ts';
import { bundlePage } from './page.ts';
import { makeProfiles } from './profiles.ts';
import { bundleTools } from './tools.ts';

const root = process.cwd();
const out = resolve(process.argv[2] ?? '');

const [metafile, page] = await Promise.all([bundleAgent(root, out), bundlePage(root, out), bundleTools(root, out)]);
await chmod(join(out, 'agent/main.js'), 0o755);

// Tells Node that these are modules, and the agent its version and where its files lie, also where dist/ stands alone.
const { name, version, type } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
await writeFile(join(out, 'package.json'), `${JSON.stringify({ name, version, type })}\n`);

const profiles = (await readdir(join(root, 'drivers'), { recursive: true })).filter((path) =>
  /^(?:[\w-]+\/){1,2}profiles\/[^/]+\.yaml$/.test(path),
);
for (const file of [...profiles.map((path) => join('drivers', path)), 'config/example.yaml']) {
  await mkdir(dirname(join(out, file)), { recursive: true });
  await cp(join(root, file), join(out, file));
}
await makeProfiles(join(out, 'drivers'));
await writeFile(join(out, 'THIRD-PARTY-LICENSES.txt'), await licences(root, [metafile, page]));
await writeFile(join(out, 'drivers', MANIFEST_FILE), await manifestText(root, out, metafile, Object.keys(DRIVERS)));
