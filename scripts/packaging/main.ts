/** Run by scripts/package, in the checkout, after the build. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { commandsOf } from './commands.ts';
import { ARCHITECTURES, type Architecture, buildDeb } from './deb.ts';
import { nodeBinaries } from './node-binary.ts';
import { buildImage } from './oci.ts';
import { productTree, type Source } from './product.ts';
import { sbomOf } from './sbom.ts';
import { signFile } from './signature.ts';
import { buildTarball } from './tarball.ts';

const root = process.cwd();
const read = (path: string) => readFile(join(root, path), 'utf8');

const arch = { type: 'string', multiple: true } as const;
const options = {
  out: { type: 'string' },
  version: { type: 'string' },
  arch,
  'without-node': { type: 'boolean' },
  quick: { type: 'boolean' },
  'sign-key': { type: 'string' },
} as const;
let flags: {
  out?: string;
  version?: string;
  arch?: string[];
  'without-node'?: boolean;
  quick?: boolean;
  'sign-key'?: string;
};
try {
  flags = parseArgs({ options, strict: true }).values;
} catch {
  process.stderr.write('package: unknown option; see --help\n');
  process.exit(64);
}
const architectures = (flags.arch ?? Object.keys(ARCHITECTURES)) as Architecture[];
const version: string = flags.version ?? JSON.parse(await read('package.json')).version;
if (
  architectures.some((each) => !Object.hasOwn(ARCHITECTURES, each)) ||
  !/^\d+\.\d+\.\d+(-[a-z0-9.]+)?$/.test(version)
) {
  process.stderr.write('package: wrong usage; see --help\n');
  process.exit(64);
}

const out = resolve(flags.out ?? '.cache/packages');
await mkdir(out, { recursive: true });
const epoch = Number(process.env.SOURCE_DATE_EPOCH);
const commands = commandsOf(join(root, 'dist'));
const source: Source = { root, version, epoch, commands, isQuick: flags.quick === true };
const product = await productTree(source);

const names = [await buildTarball(source, product, out)];
for (const each of architectures) names.push(await buildDeb(source, product, each, out));
if (flags['without-node'] !== true) {
  const { packages } = await nodeBinaries(root);
  for (const each of architectures.filter((name) => packages[name] !== undefined)) {
    names.push(await buildDeb(source, product, each, out, 'fieldward-standalone'));
    names.push(await buildTarball(source, product, out, each));
    // the libraries of an image are those of this machine
    const image = await buildImage(source, product, each, out);
    if (image !== undefined) names.push(image);
  }
}
const sbom = `fieldward-${version}.cdx.json`;
const licences = await read('dist/THIRD-PARTY-LICENSES.txt');
await writeFile(
  join(out, sbom),
  sbomOf({
    ...{ version, epoch, licences, lock: JSON.parse(await read('package-lock.json')) },
    node: (await nodeBinaries(root)).version,
  }),
);
names.push(sbom);

const sums = await Promise.all(
  names.sort().map(async (name) => {
    const sum = createHash('sha256').update(await readFile(join(out, name)));
    return `${sum.digest('hex')}  ${name}\n`;
  }),
);
await writeFile(join(out, 'SHA256SUMS'), sums.join(''));
if (flags['sign-key'] !== undefined) {
  await signFile(join(out, 'SHA256SUMS'), flags['sign-key']);
  names.push('SHA256SUMS.sig');
}
for (const name of [...names, 'SHA256SUMS']) process.stdout.write(`${join(out, name)}\n`);
