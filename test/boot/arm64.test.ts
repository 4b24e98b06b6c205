import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { brokerFor, rigBus, rigDevice, rigFor } from '../support/agent-process.ts';
import { packageOf } from '../support/boot-gateway.ts';
import { rootFor } from '../support/boot-root.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { witnessOf } from '../support/witness.ts';

const root = await rootFor('trixie-arm64');

/** An emulated processor takes some times as long as this machine's own, milliseconds. */
const EMULATED = 4 * PATIENCE_MS;

/** A writable copy of the kept root that lies over it in memory; gone with the test. */
async function layerOver(folder: string): Promise<string> {
  const base = await mkdtemp(join(tmpdir(), 'fieldward-arm64-'));
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', base]);
  onTestFinished(async () => {
    for (const path of ['root/dev', 'root/proc', 'root', '']) {
      await promisify(execFile)('umount', ['-l', join(base, path)]).catch(() => {});
    }
    await rm(base, { recursive: true, force: true });
  });
  for (const name of ['upper', 'work', 'root']) await mkdir(join(base, name));
  const over = join(base, 'root');
  const layers = `lowerdir=${folder},upperdir=${join(base, 'upper')},workdir=${join(base, 'work')}`;
  execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', layers, over]);
  execFileSync('mount', ['--rbind', '/dev', join(over, 'dev')]);
  execFileSync('mount', ['--make-rslave', join(over, 'dev')]);
  execFileSync('mount', ['-t', 'proc', 'proc', join(over, 'proc')]);
  return over;
}

/**
 * qemu's user emulation does not know the ioctl TCGETS2, by which the native library reads a port's speed back. Kernels
 * do; here that one answer is given in its place. All other calls go through the library to the real port.
 */
const SPEED_READ_BACK = `const load = process.dlopen;
process.dlopen = (module, ...others) => {
  const loaded = load.call(process, module, ...others);
  if (module.exports.getBaudRate !== undefined) {
    module.exports.getBaudRate = (_, done) => setImmediate(done, null, { baudRate: 19200 });
  }
  return loaded;
};
`;

if ('skip' in root) {
  it.skip(`the arm64 package reads a bus (${root.skip})`, () => {});
} else {
  it('the arm64 package is installed, reads a bus and publishes, emulated', async () => {
    const over = await layerOver(root.folder);
    await copyFile(await packageOf('arm64'), join(over, 'root/fieldward.deb'));
    const inside = (...command: string[]) =>
      promisify(execFile)('chroot', [over, '/usr/bin/env', 'PATH=/usr/sbin:/usr/bin', ...command]);
    await inside('dpkg', '-i', '/root/fieldward.deb');
    expect((await inside('uname', '-m')).stdout.trim()).toBe('aarch64');

    const rig = await rigFor({ baud: 19_200, units: '1' });
    const broker = await brokerFor();
    const witness = await witnessOf(broker.url, 'fieldward/arm64');
    // The rig's link lies outside of the root; its target is there.
    const line = execFileSync('readlink', ['-f', rig.links[0] ?? ''], { encoding: 'utf8' }).trim();
    const device = rigDevice(1, { options: { unit: 1, timeoutMs: 2000 }, minTimeoutMs: 1000, pollMs: 500 });
    const config = {
      gateway: 'arm64',
      mqtt: { url: broker.url },
      buses: [rigBus('line', line, [device], { baudRate: 19_200 })],
    };
    await writeFile(join(over, 'etc/fieldward/fieldward.yaml'), JSON.stringify(config));
    await writeFile(join(over, 'root/speed.cjs'), SPEED_READ_BACK);
    const preload = 'NODE_OPTIONS=--require=/root/speed.cjs';
    const agent = spawn('chroot', [over, '/usr/bin/env', preload, '/usr/bin/fieldward'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = once(agent, 'exit');
    let said = '';
    for (const stream of [agent.stdout, agent.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text));
    try {
      const good = () => witness.readings('unit-1').filter(({ quality }) => quality === 'good').length > 3;
      await witness.until('readings', good, EMULATED).catch((error) => {
        throw new Error(`${error.message}\n${said.slice(-2000)}`);
      });
    } finally {
      agent.kill('SIGTERM');
    }
    expect(await ended).toEqual([0, null]);
  });
}
