import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { USER } from '../../scripts/packaging/oci.ts';
import { meterModel } from '../../scripts/sim/meter-model.ts';
import { serve } from '../../scripts/sim/modbus-server.ts';
import { openPty } from '../../scripts/sim/pty.ts';
import { startMosquitto } from '../../scripts/testbed/mosquitto.ts';
import { checkout } from '../../scripts/testbed/place.ts';
import { startProgram } from '../../scripts/testbed/program.ts';
import { rootFor, type Suite } from '../support/boot-root.ts';

const execute = promisify(execFile);
const isHere = process.arch === 'x64' && process.getuid?.() === 0;
const VERSION = JSON.parse(readFileSync(join(checkout(), 'package.json'), 'utf8')).version;
const OUT = join(checkout(), '.cache/packages/standalone');
const SUITES: readonly Suite[] = ['bullseye', 'bookworm'];
const roots = new Map(await Promise.all(SUITES.map(async (suite) => [suite, await rootFor(suite)] as const)));

/** Files that are written in the root lie in memory, and are gone with the namespace. */
const OVERLAY = `set -eu
mount -t tmpfs tmpfs "$1"
mkdir "$1/up" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=$2,upperdir=$1/up,workdir=$1/work" "$1/root"
cp "$3" "$1/root/root/fieldward.deb"
exec chroot "$1/root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -euc "$4"`;

describe.skipIf(!isHere)('what carries its own Node', () => {
  const place = mkdtempSync(join(tmpdir(), 'fieldward-standalone-'));
  beforeAll(async () => {
    await execute(join(checkout(), 'scripts/package'), ['--arch', 'amd64', '--quick', '--out', OUT], {
      maxBuffer: 1 << 26,
    });
  });
  afterAll(() => rmSync(place, { recursive: true, force: true }));

  it.each(SUITES)(
    'is installed on %s without any Node by one command, and makes a config that check takes',
    async (suite) => {
      const root = roots.get(suite) ?? { skip: 'there is no such root' };
      if ('skip' in root) throw new Error(root.skip);
      const deb = join(OUT, `fieldward-standalone_${VERSION}_amd64.deb`);
      const script = `dpkg --force-depends --purge nodejs >/dev/null 2>&1 || true
! command -v node
dpkg -i /root/fieldward.deb >/dev/null
fieldward --version
fieldward init --url broker.example --gateway gw --port /dev/ttyUSB0 --no-scan --json </dev/null
fieldward check`;
      const { stdout } = await execute('unshare', ['-m', 'sh', '-c', OVERLAY, 'sh', place, root.folder, deb, script]);
      expect(stdout).toMatch(
        new RegExp(`^${VERSION}\\n\\{"gateway":"gw".*\\n[\\s\\S]*The config of gateway gw is good`),
      );
    },
  );

  it('is an image that reads a meter as a user of its own', async () => {
    const root = unpacked(join(OUT, `fieldward-${VERSION}-oci.tar`), place);
    const { config } = root;
    const broker = await startMosquitto();
    onTestFinished(() => broker.stop());
    const line = await openPty();
    onTestFinished(() => line.close());
    serve(line, [await meterModel('eastron-sdm120', { unit: 1, now: () => performance.now() })]);
    // as a port that was passed in: the group of the ports may open it
    chownSync(line.path, 0, USER.gid);
    chmodSync(line.path, 0o660);
    const plant = {
      gateway: 'image',
      mqtt: { url: broker.url },
      buses: [
        {
          id: 'line',
          port: { path: line.path },
          devices: [{ id: 'meter', driver: 'modbus-rtu', options: { unit: 1, profile: 'eastron-sdm120' } }],
        },
      ],
    };
    writeFileSync(join(root.folder, 'etc/fieldward/fieldward.yaml'), JSON.stringify(plant));
    const user = ['--groups=', `--userspec=${config.User}`, root.folder];
    const inside = 'mount --rbind /dev "$1/dev" && mount -t proc proc "$1/proc" && shift && exec "$@"';
    const agent = startProgram({
      words: [
        'unshare',
        ...['-m', 'sh', '-c', inside, 'sh', root.folder, 'chroot', ...user],
        ...config.Entrypoint,
        ...config.Cmd,
      ],
      // the programs around it are found by this machine's own path
      env: Object.fromEntries(
        config.Env.map((each: string) => each.split(/=(.*)/s, 2)).filter(([name]: string[]) => name !== 'PATH'),
      ),
    });
    onTestFinished(async () => void (await agent.stop()));
    const topic = ['-t', 'fieldward/image/meter/readings', '-C', '1', '-W', '60'];
    const { stdout } = await execute('mosquitto_sub', ['-p', String(broker.port), ...topic]);
    expect(JSON.parse(stdout).values).toMatchObject({ voltage: expect.any(Number) });
    const status = readFileSync(`/proc/${agent.pid}/status`, 'utf8');
    expect(status).toMatch(new RegExp(`^Uid:\\t${USER.uid}\\t`, 'm'));
    expect(await agent.stop()).toEqual({ code: 0, signal: null });
    expect(existsSync(join(root.folder, 'var/lib/fieldward/outbox'))).toBe(true);
  });
});

/** The root that the layers of an image make one over the other, and its config; each blob is held to its digest. */
function unpacked(image: string, place: string) {
  const layout = join(place, 'layout');
  const folder = join(place, 'image');
  for (const each of [layout, folder]) mkdirSync(each);
  execFileSync('tar', ['-xf', image, '-C', layout]);
  const blob = (digest: string) => {
    const path = join(layout, 'blobs', digest.replace(':', '/'));
    expect(createHash('sha256').update(readFileSync(path)).digest('hex')).toBe(digest.replace('sha256:', ''));
    return path;
  };
  const index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8'));
  const manifest = JSON.parse(readFileSync(blob(index.manifests[0].digest), 'utf8'));
  for (const { digest } of manifest.layers) {
    execFileSync('tar', [
      '-xpf',
      blob(digest),
      '-C',
      folder,
      '--same-owner',
      '--numeric-owner',
      '--keep-directory-symlink',
    ]);
  }
  for (const each of ['dev', 'proc']) mkdirSync(join(folder, each), { recursive: true });
  return { folder, config: JSON.parse(readFileSync(blob(manifest.config.digest), 'utf8')).config };
}
