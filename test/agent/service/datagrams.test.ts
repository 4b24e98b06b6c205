import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { newFolder } from '../../support/folder.ts';
import { notifySocket } from '../../support/notify-socket.ts';

const LAUNCHER = resolve('systemd/notify-launcher');
/** The agent's side of it, as a program of its own. */
const SPEAKER = `
import { descriptorSender, Notify, notifyDescriptor } from ${JSON.stringify(resolve('agent/service/notify.ts'))};
const send = descriptorSender(notifyDescriptor(process.env, process.pid));
const notify = new Notify(send, () => 7n);
notify.status('1 of 1 bus open');
notify.ready();
notify.ping();
notify.reloading();
notify.stopping();
`;

async function speaker(): Promise<string> {
  const folder = await newFolder();
  const program = join(folder, 'speaker.mjs');
  // compiled, as Node 20 does not read TypeScript
  await writeFile(join(folder, 'speaker.ts'), SPEAKER);
  await build({
    ...{ entryPoints: [join(folder, 'speaker.ts')], outfile: program },
    ...{ bundle: true, platform: 'node', format: 'esm', logLevel: 'error' },
  });
  return program;
}

const run = promisify(execFile);

it('the launcher hands its socket over, and the service manager hears the agent on it', async () => {
  const { address, until, heard } = await notifySocket();
  const program = await speaker();
  await Promise.all([
    until('STOPPING=1'),
    run('perl', [LAUNCHER, process.execPath, program], { env: { NOTIFY_SOCKET: address } }),
  ]);
  expect(heard()).toEqual([
    'STATUS=1 of 1 bus open|',
    'READY=1|STATUS=1 of 1 bus open|',
    'WATCHDOG=1|',
    'RELOADING=1|MONOTONIC_USEC=7|',
    'STOPPING=1|STATUS=stopping|',
  ]);
});

it('the launcher leaves the process what it is, so that the descriptor is meant for it', async () => {
  const { address } = await notifySocket();
  const shown = 'console.log(process.ppid, process.pid, process.env.LISTEN_PID, process.env.LISTEN_FDNAMES)';
  const { stdout } = await run('perl', [LAUNCHER, process.execPath, '-e', shown], { env: { NOTIFY_SOCKET: address } });
  expect(stdout).toMatch(new RegExp(`^${process.pid} (\\d+) \\1 notify\\n$`));
});

it('a service manager that does not read holds nobody up', async () => {
  const { address, pid } = await notifySocket();
  // more than any queue of datagrams holds; a blocking socket would end this only by the test's time limit
  const flood = `const fs = require('node:fs'); let lost = 0;
    process.kill(Number(process.argv[1]), 'SIGSTOP');
    for (let n = 0; n < 5000; n++) try { fs.writeSync(3, 'WATCHDOG=1') } catch { lost++ }
    process.kill(Number(process.argv[1]), 'SIGCONT'); console.log(lost > 0 && lost < 5000);`;
  const { stdout } = await run('perl', [LAUNCHER, process.execPath, '-e', flood, String(pid)], {
    env: { NOTIFY_SOCKET: address },
  });
  expect(stdout).toBe('true\n');
});

it.each([
  ['without a service manager', {}],
  ['where its socket is gone', { NOTIFY_SOCKET: '/nowhere/socket' }],
])('the launcher runs the program all the same %s', async (_when, env) => {
  const shown = 'console.log(process.env.LISTEN_PID, process.env.LISTEN_FDS)';
  const { stdout } = await run('perl', [LAUNCHER, process.execPath, '-e', shown], {
    env: { ...env, LISTEN_PID: '1', LISTEN_FDS: '1' },
  });
  expect(stdout).toBe('undefined undefined\n');
});
