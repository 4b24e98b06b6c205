// Runs in the agent's place under the agent's unit, tries what must not be possible, and prints what happened: `done`,
// or the code of the error. Loaded by nothing; test/boot/sandbox.test.ts copies it into a booted system.
const { spawnSync } = require('node:child_process');
const dgram = require('node:dgram');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');

const attempt = (action) => {
  try {
    action();
    return 'done';
  } catch (error) {
    return error.info?.code ?? error.code ?? 'error';
  }
};
const settled = (emitter, event) =>
  new Promise((resolve) => {
    emitter.once('error', (error) => resolve(error.code));
    emitter.once(event, () => resolve('done'));
  });
const runs = (program) => spawnSync(program).error?.code ?? 'done';
const write = (path) => attempt(() => fs.writeFileSync(path, 'x'));

(async () => {
  const state = process.env.STATE_DIRECTORY;
  const copied = attempt(() => fs.copyFileSync('/usr/bin/true', `${state}/own`));
  const said = {
    uid: process.getuid(),
    capabilities: /^CapEff:\s*0+$/m.test(fs.readFileSync('/proc/self/status', 'utf8')),
    otherProcesses: fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length,
    readShadow: attempt(() => fs.readFileSync('/etc/shadow')),
    readOriginalSecret: attempt(() => fs.readFileSync('/etc/fieldward/credentials/mqtt-password')),
    readCredential: attempt(() => fs.readFileSync(`${process.env.CREDENTIALS_DIRECTORY}/mqtt-password`)),
    readConfig: attempt(() => fs.readFileSync('/etc/fieldward/fieldward.yaml')),
    readHome: attempt(() => fs.readFileSync('/home/secret')),
    readRoot: attempt(() => fs.readFileSync('/root/secret')),
    writeConfig: write('/etc/fieldward/fieldward.yaml'),
    writeProgram: write('/usr/lib/fieldward/agent/main.js'),
    writeState: write(`${state}/probe`),
    writeRun: write('/run/fieldward/probe'),
    writeTunable: write('/proc/sys/kernel/hostname'),
    openMemory: attempt(() => fs.openSync('/dev/mem', 'r')),
    openMessages: attempt(() => fs.openSync('/dev/kmsg', 'r')),
    openDisk: attempt(() => fs.openSync('/dev/probe-disk', 'r')),
    openUart: attempt(() => fs.openSync('/dev/probe-uart', fs.constants.O_RDWR | fs.constants.O_NONBLOCK)),
    runShell: runs('/usr/bin/sh'),
    runOwn: copied === 'done' ? attempt(() => fs.chmodSync(`${state}/own`, 0o755)) && runs(`${state}/own`) : copied,
    signalInit: attempt(() => process.kill(1, 0)),
    priority: attempt(() => os.setPriority(0, -5)),
    listen: await settled(net.createServer().listen(18830, '127.0.0.1'), 'listening'),
    listenLocal: await settled(net.createServer().listen(`${state}/socket`), 'listening'),
    connectLocal: await settled(net.connect('/run/systemd/private'), 'connect'),
    connectBroker: await settled(net.connect(8883, '127.0.0.1'), 'connect'),
    bindDatagram: await settled(dgram.createSocket('udp4').bind(18831, '127.0.0.1'), 'listening'),
  };
  process.stdout.write(`probe ${JSON.stringify(said)}\n`);
  process.exit(0);
})();
