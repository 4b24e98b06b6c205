import { mkdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeHolders, portHolders } from '../../../../agent/cli/ports/port-holder.ts';
import { newFolder } from '../../../support/folder.ts';

/** Processes as the kernel shows them, each with the files that it has open. */
async function processes(
  list: Readonly<Record<string, { comm: string; cgroup: string; open: readonly string[]; words?: string }>>,
) {
  const proc = await newFolder();
  await symlink('4', join(proc, 'self'));
  await mkdir(join(proc, 'sys'));
  for (const [pid, { comm, cgroup, open, words = '' }] of Object.entries(list)) {
    await mkdir(join(proc, pid, 'fd'), { recursive: true });
    await writeFile(join(proc, pid, 'comm'), `${comm}\n`);
    await writeFile(join(proc, pid, 'cgroup'), `${cgroup}\n`);
    await writeFile(join(proc, pid, 'cmdline'), words);
    for (const [index, path] of open.entries()) await symlink(path, join(proc, pid, 'fd', String(index)));
  }
  return proc;
}

test('the programs that hold a port are named, by its own name and by a link to it', async () => {
  const folder = await realpath(await newFolder());
  const [port, link] = [join(folder, 'ttyUSB0'), join(folder, 'by-id')];
  await writeFile(port, '');
  await symlink(port, link);
  const proc = await processes({
    4: { comm: 'node', cgroup: '0::/user.slice', open: [port] },
    70: { comm: 'ModemManager', cgroup: '0::/system.slice/ModemManager.service', open: ['/dev/null', port] },
    71: { comm: 'mini\x1b[31mcom', cgroup: '0::/user.slice/user-0.slice/session-1.scope', open: [port] },
    72: { comm: 'node', cgroup: '0::/system.slice/fieldward.service', open: [port] },
    74: { comm: 'node', cgroup: '0::/', open: [port], words: 'node\0/opt/dist/agent/main.js\0run\0--config\0x\0' },
    73: { comm: 'other', cgroup: '0::/', open: [join(folder, 'ttyUSB1')] },
  });
  const holders = portHolders(link, proc);
  expect(holders.map(({ pid }) => pid)).toEqual([70, 71, 72, 74]);
  expect(describeHolders(link, holders)).toEqual([
    'Process 70 holds it (ModemManager, ModemManager.service: systemctl stop ModemManager.service)',
    'Process 71 holds it (mini[31mcom)',
    'Fieldward’s own service holds it (process 72): systemctl stop fieldward',
    'Fieldward itself holds it (process 74): end that `fieldward run` first',
  ]);
});

test('where nobody is seen, that is said', async () => {
  expect(describeHolders('/dev/ttyNONE')).toEqual(['Which program it is can not be seen: try again as root.']);
});
