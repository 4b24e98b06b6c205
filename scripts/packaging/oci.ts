import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ARCHITECTURES, type Architecture } from './deb.ts';
import { nodeTree, OWN_NODE, withOwnNode } from './node-binary.ts';
import { nativeTree, type Source } from './product.ts';
import { foldersOf, type TarEntry, tarOf } from './tar.ts';
import type { Tree } from './tree.ts';

/** Debian's packages of which Node needs libraries. */
const LIBRARIES = ['libc6', 'libgcc-s1', 'libstdc++6'];
/** Of them, the files that are loaded at run time. */
const LOADED =
  /^\/(?:usr\/)?lib(?:64)?\/(?:[a-z0-9_-]+\/)?(?:ld-linux[\w.-]*|lib(?:c|m|dl|pthread|rt|resolv|nss_(?:dns|files)|gcc_s|stdc\+\+)\.so\.[\d.]+)$/;

/** Debian's number of `dialout` stands for the ports' group; nobody on a host has this user number. */
export const USER = { uid: 10_001, gid: 20 } as const;
const [STATE, CREDENTIALS, CONFIG] = ['var/lib/fieldward', 'etc/fieldward/credentials', 'etc/fieldward/fieldward.yaml'];

/** The parts of the product that an image lacks: neither service manager nor shell is there. */
const LEFT_OUT =
  /^(?:usr\/bin\/|usr\/lib\/(?:systemd|udev|tmpfiles\.d)\/|usr\/share\/(?:man|bash-completion)\/|etc\/)|notify-launcher/;

/** A blob of the image: its bytes lie under its digest. */
interface Blob {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly data: Buffer;
}

/**
 * Writes an image in the OCI layout (image-spec 1.1), in one tar, without a daemon: the C libraries of the Debian that
 * builds it, Node and the agent. Layers are not compressed, so that the bytes depend on nothing but their content.
 * @returns its name; undefined where this machine has no libraries for the architecture
 */
export async function buildImage(
  source: Source,
  product: Tree,
  architecture: Architecture,
  out: string,
): Promise<string | undefined> {
  const base = librariesOf(architecture);
  if (base === undefined) return undefined;
  const agent = [
    ...withOwnNode(product, await nodeTree(source.root, architecture)),
    ...(await nativeTree(source, ARCHITECTURES[architecture])),
  ];
  const files: readonly TarEntry[] = agent
    .filter(([path]) => !LEFT_OUT.test(path))
    .map(([path, file]) => ({ path, ...file }));
  const name = `fieldward-${source.version}-oci.tar`;
  await writeFile(
    join(out, name),
    imageOf([withFolders([...base, ...SETTINGS]), withFolders(files)], source, architecture),
  );
  return name;
}

function withFolders(entries: readonly TarEntry[]): readonly TarEntry[] {
  const own = new Set(entries.map(({ path }) => path));
  return [...foldersOf([...own]).filter(({ path }) => !own.has(path)), ...entries];
}

/** Users, folders that are written to, and the names that old programs know `/lib` by. */
const SETTINGS: readonly TarEntry[] = [
  { path: 'lib', mode: 0o777, target: 'usr/lib' },
  { path: 'lib64', mode: 0o777, target: 'usr/lib64' },
  { path: 'tmp', mode: 0o1777 },
  { path: STATE, mode: 0o700, ...USER },
  { path: CREDENTIALS, mode: 0o755 },
  { path: 'run/fieldward', mode: 0o700, ...USER },
  {
    path: 'etc/passwd',
    mode: 0o644,
    data: Buffer.from(`root:x:0:0::/:/sbin/nologin\nfieldward:x:${USER.uid}:${USER.gid}::/:/sbin/nologin\n`),
  },
  { path: 'etc/group', mode: 0o644, data: Buffer.from(`root:x:0:\ndialout:x:${USER.gid}:\n`) },
  { path: 'etc/nsswitch.conf', mode: 0o644, data: Buffer.from('hosts: files dns\n') },
];

/** The libraries that this machine has for the architecture, with the copyright of each package. */
function librariesOf(architecture: Architecture): readonly TarEntry[] | undefined {
  const entries = new Map<string, TarEntry>();
  for (const name of LIBRARIES) {
    const listed = list(`${name}:${architecture}`);
    if (listed === undefined) return undefined;
    for (const file of listed.filter((each) => LOADED.test(each))) {
      // wherever the package has it: `/lib` is a link in every Debian of today
      const place = file.replace(/^\/usr/, '').slice(1);
      const found = lstatSync(file);
      const isLink = found.isSymbolicLink() && basename(readlinkSync(file)) !== basename(file);
      const data = readFileSync(realpathSync(file));
      const path = `usr/${place}`;
      entries.set(path, isLink ? { path, mode: 0o777, target: within(path, file) } : { path, mode: 0o755, data });
    }
    const copyright = `/usr/share/doc/${name}/copyright`;
    if (existsSync(copyright)) {
      const path = copyright.slice(1);
      entries.set(path, { path, mode: 0o644, data: readFileSync(realpathSync(copyright)) });
    }
  }
  return [...entries.values()];
}

/** Where a link among the libraries leads, from its own folder. */
function within(path: string, file: string): string {
  const target = realpathSync(file).replace(/^\/(?:usr\/)?/, '');
  const levels = dirname(path).split('/').length;
  return dirname(`usr/${target}`) === dirname(path) ? basename(target) : `${'../'.repeat(levels)}usr/${target}`;
}

function list(name: string): readonly string[] | undefined {
  try {
    return execFileSync('dpkg-query', ['-L', name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split(
      '\n',
    );
  } catch {
    return undefined;
  }
}

/** The archive of an image with these layers. Pure. */
export function imageOf(
  layers: readonly (readonly TarEntry[])[],
  { version, epoch }: Pick<Source, 'version' | 'epoch'>,
  architecture: Architecture,
): Buffer {
  const json = (mediaType: string, content: object) => blobOf(mediaType, Buffer.from(JSON.stringify(content)));
  const archives = layers.map((entries) => blobOf('application/vnd.oci.image.layer.v1.tar', tarOf(entries, epoch)));
  const created = new Date(epoch * 1000).toISOString();
  const config = json('application/vnd.oci.image.config.v1+json', {
    ...{ created, architecture, os: 'linux' },
    config: {
      User: `${USER.uid}:${USER.gid}`,
      Env: [
        'PATH=/usr/lib/fieldward',
        'MALLOC_ARENA_MAX=1',
        'MALLOC_TRIM_THRESHOLD_=131072',
        `STATE_DIRECTORY=/${STATE}`,
        'RUNTIME_DIRECTORY=/run/fieldward',
        `CREDENTIALS_DIRECTORY=/${CREDENTIALS}`,
      ],
      Entrypoint: [
        `/${OWN_NODE}`,
        '--v8-pool-size=1',
        '--max-semi-space-size=2',
        '--max-old-space-size=256',
        '/usr/lib/fieldward/agent/main.js',
      ],
      Cmd: ['run', '--config', `/${CONFIG}`],
      Volumes: { [`/${STATE}`]: {} },
      WorkingDir: '/',
      StopSignal: 'SIGTERM',
      Labels: { 'org.opencontainers.image.title': 'fieldward', 'org.opencontainers.image.version': version },
    },
    rootfs: { type: 'layers', diff_ids: archives.map(({ digest }) => digest) },
    history: archives.map(() => ({ created, created_by: 'scripts/package' })),
  });
  const described = ({ mediaType, digest, size }: Blob) => ({ mediaType, digest, size });
  const manifestType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = json(manifestType, {
    ...{ schemaVersion: 2, mediaType: manifestType, config: described(config), layers: archives.map(described) },
  });
  const index = {
    ...{ schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json' },
    manifests: [
      {
        ...described(manifest),
        platform: { architecture, os: 'linux' },
        annotations: { 'org.opencontainers.image.ref.name': version },
      },
    ],
  };
  const blobs = [...archives, config, manifest];
  const files: readonly TarEntry[] = [
    { path: 'oci-layout', mode: 0o644, data: Buffer.from('{"imageLayoutVersion":"1.0.0"}') },
    { path: 'index.json', mode: 0o644, data: Buffer.from(JSON.stringify(index)) },
    ...blobs.map(({ digest, data }) => ({ path: `blobs/${digest.replace(':', '/')}`, mode: 0o644, data })),
  ];
  return tarOf(withFolders(files), epoch);
}

function blobOf(mediaType: string, data: Buffer): Blob {
  return { mediaType, digest: `sha256:${createHash('sha256').update(data).digest('hex')}`, size: data.length, data };
}
