import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checkout } from '../../scripts/testbed/place.ts';

const execute = promisify(execFile);

export type Suite = 'trixie' | 'bookworm' | 'bullseye' | 'trixie-arm64';

interface Recipe {
  readonly suite: string;
  readonly architecture: string;
  readonly packages: string;
  /** Its own nodejs is older than the agent needs: this machine's is put into it. */
  readonly foreignNode?: true;
}

const BOOTED = 'systemd,systemd-sysv,udev,dbus,procps,iproute2,mosquitto,mosquitto-clients,apt';

const RECIPES: Readonly<Record<Suite, Recipe>> = {
  trixie: { suite: 'trixie', architecture: 'amd64', packages: `${BOOTED},nodejs` },
  bookworm: { suite: 'bookworm', architecture: 'amd64', packages: `${BOOTED},libstdc++6`, foreignNode: true },
  // Only unpacked and looked into: its systemd is older than the unit wants.
  bullseye: { suite: 'bullseye', architecture: 'amd64', packages: 'libstdc++6' },
  // Emulated, each program that runs while it is built costs time: no systemd, and no broker.
  'trixie-arm64': { suite: 'trixie', architecture: 'arm64', packages: 'nodejs' },
};

export type Root = { readonly folder: string } | { readonly skip: string };

/**
 * The root of a suite, built where it is not there yet or where its recipe changed; it is kept in `.cache/roots`. Where
 * this machine can not have or boot it, the reason.
 */
export async function rootFor(suite: Suite): Promise<Root> {
  const recipe = RECIPES[suite];
  const why = unable(recipe);
  if (why !== undefined) return { skip: why };
  const roots = join(checkout(), '.cache', 'roots');
  const folder = join(roots, suite);
  const make = join(checkout(), 'test/boot/mkroot.sh');
  const stamp = createHash('sha256')
    .update(await readFile(make))
    .update(JSON.stringify([recipe, recipe.foreignNode === true ? process.version : '']))
    .digest('hex');
  const found = await readFile(`${folder}.stamp`, 'utf8').catch(() => '');
  if (found === stamp && existsSync(join(folder, 'usr'))) return { folder };
  await mkdir(roots, { recursive: true });
  try {
    const node = recipe.foreignNode === true ? join(roots, 'nodejs.deb') : '-';
    const { suite: name, architecture, packages } = recipe;
    const words = [folder, stamp, join(checkout(), 'test/boot/node-package.sh'), process.execPath];
    // where two processes want it, the second waits, and finds it
    await execute(
      'flock',
      [`${folder}.lock`, 'sh', '-euc', ONCE, ...words, make, name, architecture, folder, packages, node],
      {
        maxBuffer: 1 << 26,
      },
    );
  } catch (error) {
    const said = String((error as { readonly stderr?: unknown }).stderr)
      .trim()
      .split('\n');
    return { skip: `the root could not be built: ${said.slice(-2).join(' ')}` };
  }
  return { folder };
}

/** Makes the root and writes its stamp, unless it is there. */
const ONCE = `stamp=$1 pack=$2 program=$3 make=$4
shift 4
[ ! -d "$0/usr" ] || [ "$(cat "$0.stamp" 2>/dev/null)" != "$stamp" ] || exit 0
for last; do :; done
[ "$last" = - ] || "$pack" "$program" "$last"
"$make" "$@"
printf %s "$stamp" >"$0.stamp"`;

/** Why this machine can not do it; undefined where it can. */
function unable({ architecture }: Recipe): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'it takes root on Linux';
  const programs = ['mmdebstrap', 'dpkg-deb', 'nsenter', 'setpriv'];
  const missing = [...programs, ...(architecture === 'amd64' ? ['systemd-nspawn'] : ['qemu-aarch64-static'])].filter(
    (name) => !isThere(name),
  );
  if (missing.length > 0) return `not installed: ${missing.join(', ')}`;
  if (architecture === 'amd64') return process.arch === 'x64' ? undefined : 'the roots are made for amd64';
  return emulates() ? undefined : 'programs of arm64 can not be run here (binfmt_misc)';
}

function isThere(program: string): boolean {
  return ['/usr/sbin', '/usr/bin', '/sbin', '/bin'].some((folder) => existsSync(join(folder, program)));
}

/** Has the kernel hand arm64 programs to qemu; the interpreter is opened now, so that it is found in any root. */
function emulates(): boolean {
  if (existsSync('/proc/sys/fs/binfmt_misc/qemu-aarch64')) return true;
  try {
    if (!existsSync('/proc/sys/fs/binfmt_misc/register')) {
      execFileSync('mount', ['-t', 'binfmt_misc', 'binfmt_misc', '/proc/sys/fs/binfmt_misc'], { stdio: 'pipe' });
    }
    execFileSync('update-binfmts', ['--enable', 'qemu-aarch64'], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}
