import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';

const LAUNCHER = resolve('systemd/notify-launcher');
/** Says on its standard output what comes on a datagram socket of that name, one line each, with its line ends as `|`. */
const READER = `
use Socket; $| = 1;
socket(my $socket, AF_UNIX, SOCK_DGRAM, 0); bind($socket, pack_sockaddr_un($ARGV[0])); print "bound\\n";
while (defined recv($socket, my $text, 4096, 0)) { $text =~ tr/\\n/|/; print "$text\\n" }`;
/** What the agent has of it, as a program of its own. */
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

async function listening() {
  const folder = await mkdtemp(join(tmpdir(), 'fieldward-notify-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const address = join(folder, 'socket');
  const reader = spawn('perl', ['-e', READER, address], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void reader.kill());
  let heard = '';
  const waiting: { readonly text: string; readonly found: () => void }[] = [];
  reader.stdout.setEncoding('utf8').on('data', (text: string) => {
    heard += text;
    for (const { text: wanted, found } of waiting) if (heard.includes(wanted)) found();
  });
  const until = (text: string) => new Promise<void>((found) => waiting.push({ text, found }));
  await until('bound\n');
  const program = join(folder, 'speaker.mjs');
  // compiled, as Node 20 does not read TypeScript
  const { build } = await import('esbuild');
  await writeFile(join(folder, 'speaker.ts'), SPEAKER);
  await build({
    ...{ entryPoints: [join(folder, 'speaker.ts')], outfile: program },
    ...{ bundle: true, platform: 'node', format: 'esm', logLevel: 'error' },
  });
  return { address, pid: reader.pid, program, until, heard: () => heard.split('\n').slice(1, -1) };
}

const run = promisify(execFile);

it('the launcher hands its socket over, and the service manager hears the agent on it', async () => {
  const { address, program, until, heard } = await listening();
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
  const { address } = await listening();
  const shown = 'console.log(process.ppid, process.pid, process.env.LISTEN_PID, process.env.LISTEN_FDNAMES)';
  const { stdout } = await run('perl', [LAUNCHER, process.execPath, '-e', shown], { env: { NOTIFY_SOCKET: address } });
  expect(stdout).toMatch(new RegExp(`^${process.pid} (\\d+) \\1 notify\\n$`));
});

it('a service manager that does not read holds nobody up', async () => {
  const { address, pid } = await listening();
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
