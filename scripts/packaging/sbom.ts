import { createHash } from 'node:crypto';
import { NATIVE } from './native.ts';
import { type Locked, type LockedPackages, neededBy } from './relations.ts';

/** The ingredients that the list is made of. */
export interface Ingredients {
  readonly version: string;
  readonly epoch: number;
  /** THIRD-PARTY-LICENSES.txt: the packages of which something is in the bundle. */
  readonly licences: string;
  readonly lock: { readonly packages: LockedPackages };
  /** The version of Node.js that some of the packages carry. */
  readonly node: string;
}

/**
 * The software bill of materials, CycloneDX 1.5: the packages of which something is shipped, and no others. Pure, and
 * the same for the same source.
 * @throws Error when a shipped package is not in the lock file: then the list would be wrong
 */
export function sbomOf({ version, epoch, licences, lock, node }: Ingredients): string {
  const packages = shipped(licences, lock.packages);
  const libraries = packages.map(([name, { version: own, integrity, license, resolved }]) => ({
    type: 'library',
    'bom-ref': purl(name, own),
    name,
    version: own,
    scope: 'required',
    purl: purl(name, own),
    ...(license === undefined ? {} : { licenses: [{ license: { id: license } }] }),
    ...(integrity === undefined ? {} : { hashes: [{ alg: 'SHA-512', content: hex(integrity) }] }),
    ...(resolved === undefined ? {} : { externalReferences: [{ type: 'distribution', url: resolved }] }),
  }));
  // `fieldward` runs by the system's; `fieldward-standalone`, its archive and the image have it inside
  const runtime = {
    ...{ type: 'platform', 'bom-ref': `pkg:generic/node@${node}`, name: 'node', version: node, scope: 'optional' },
    ...{ purl: `pkg:generic/node@${node}`, licenses: [{ license: { id: 'MIT' } }] },
  };
  const components = [...libraries, runtime];
  const own = { type: 'application', 'bom-ref': `fieldward@${version}`, name: 'fieldward', version };
  const body = {
    version: 1,
    metadata: {
      timestamp: new Date(epoch * 1000).toISOString(),
      component: { ...own, licenses: [{ license: { id: 'Apache-2.0' } }] },
    },
    components,
    dependencies: relations(own['bom-ref'], runtime['bom-ref'], packages, lock.packages),
  };
  const serialNumber = `urn:uuid:${uuidOf(JSON.stringify(body))}`;
  return `${JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.5', serialNumber, ...body }, undefined, 2)}\n`;
}

/** The needs of each, the product first. A need that goes through a package of which nothing is shipped goes on to what that one needs. */
function relations(own: string, runtime: string, shippedPackages: readonly Shipped[], packages: LockedPackages) {
  const refs = new Map(shippedPackages.map(([name, { version }, folder]) => [folder, purl(name, version)] as const));
  const within = new Set(refs.keys());
  const needs = (folder: string) => neededBy(folder, within, packages).flatMap((to) => refs.get(to) ?? []);
  return [
    { ref: own, dependsOn: [...needs(''), runtime] },
    ...[...refs].map(([folder, ref]) => ({ ref, dependsOn: needs(folder) })),
    { ref: runtime, dependsOn: [] },
  ];
}

type Shipped = readonly [name: string, locked: Locked, folder: string];

/** Each shipped package with its lock entry; the native library is beside the bundle, not in it. */
function shipped(licences: string, packages: LockedPackages): readonly Shipped[] {
  const heads = Array.from(licences.matchAll(/^={80}\n(\S+) (\S+) \(/gm), ([, name = '', own = '']) => [name, own]);
  const found = new Map<string, Shipped>();
  for (const [name = '', own = ''] of heads) found.set(`${name}@${own}`, lockedAs(packages, name, own));
  const native = packages[`node_modules/${NATIVE}`];
  if (native !== undefined) found.set(`${NATIVE}@${native.version}`, [NATIVE, native, `node_modules/${NATIVE}`]);
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
}

function lockedAs(packages: LockedPackages, name: string, version: string): Shipped {
  const found = Object.entries(packages).find(
    ([path, each]) => path.endsWith(`node_modules/${name}`) && each.version === version,
  );
  if (found === undefined) throw new Error(`${name} ${version} is shipped, but not in package-lock.json`);
  return [name, found[1], found[0]];
}

/** https://github.com/package-url/purl-spec, type npm: the @ of a scope is encoded. */
function purl(name: string, version: string): string {
  return `pkg:npm/${name.replace(/^@/, '%40')}@${version}`;
}

function hex(integrity: string): string {
  return Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex');
}

/** A version 8 UUID (RFC 9562, 5.8) of what it names, so that it is the same for the same list. */
function uuidOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
