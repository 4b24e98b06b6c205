import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import {
  agentFor,
  brokerFor,
  configFile,
  rigBus,
  rigDevice,
  rigFor,
  temporaryFolder,
} from '../support/agent-process.ts';
import { makeCertificates } from '../support/certificates.ts';
import { Mosquitto } from '../support/mosquitto.ts';
import { until } from '../support/patience.ts';
import { toolFor } from '../support/tool.ts';
import { witnessOf } from '../support/witness.ts';

const points = [
  { name: 'mark', register: 'holding', address: 1, type: 'uint16' },
  { name: 'relay', register: 'coil', address: 3, type: 'bool', writable: true },
  { name: 'level', register: 'holding', address: 4, type: 'uint16', writable: true, min: 0, max: 100, step: 5 },
  { name: 'breaker', register: 'coil', address: 5, type: 'bool', writable: true, confirm: 'select' },
];

/** `fieldward ctl` as somebody types it. */
async function type(line: string, env: Readonly<Record<string, string>> = {}) {
  const program = toolFor({ args: ['ctl', ...line.split(' ')], env });
  const { code } = await program.ended;
  return { code, out: program.stdout, err: program.stderr };
}

async function staged(commands: object = {}, folder?: string) {
  const rig = await rigFor({ baud: 115_200, units: '1' });
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, 'fieldward/system');
  const allow = ['read', 'write', 'pause', 'resume', 'reopen', 'loglevel', 'diagnostics', 'restart'];
  const config = {
    gateway: 'system',
    mqtt: { url: broker.url },
    commands: { enabled: true, allow, ...commands },
    buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1, { points })])],
  };
  const file = await configFile(config, folder);
  const agent = agentFor({ args: ['run', '--config', file] });
  await witness.until('online', () => witness.latest('unit-1/availability') === 'online');
  const ctl = (line: string) => type(`system ${line} --url ${broker.url}`);
  return { broker, witness, agent, file, ctl };
}

it('asks a gateway for every command, and says what came of it', async () => {
  const { ctl, witness, agent } = await staged();
  expect(await ctl('ping')).toMatchObject({ code: 0, out: expect.stringMatching(/^done at [\dT:.-]+Z\n$/), err: '' });
  const read = await ctl('read unit-1 mark relay');
  expect(read).toMatchObject({ code: 0, out: expect.stringMatching(/\n {2}mark +257\n/) });
  expect(read.out).toMatch(/\n {2}relay +(true|false)\n/);
  const written = await ctl('write unit-1 relay=true level=50 --user anna');
  expect(written).toMatchObject({ code: 0, err: '' });
  expect(written.out).toMatch(/^verified at .*: the device confirmed it.*\n {2}relay {2}true\n {2}level {2}50\n$/);
  expect(await ctl('write unit-1 relay=false --protocol 4')).toMatchObject({ code: 0 });
  const json = await ctl('write unit-1 --args {"level":55} --json');
  expect(JSON.parse(json.out)).toMatchObject({ outcome: 'verified', values: { level: 55 } });
  expect(await ctl('pause unit-1')).toMatchObject({ code: 0 });
  await witness.until('paused', () => witness.status()?.devices['unit-1']?.health === 'paused');
  expect(await ctl('resume unit-1')).toMatchObject({ code: 0 });
  expect(await ctl('reopen line')).toMatchObject({ code: 0 });
  expect(await ctl('loglevel debug --for 1000')).toMatchObject({ code: 0 });
  // opened anew it is soon, and not at once
  await until('the line is open', async () => /\n {2}buses\.line\.open +true\n/.test((await ctl('status')).out));
  expect(await ctl('diagnostics')).toMatchObject({ code: 0 });
  expect(await ctl('restart')).toMatchObject({ code: 0 });
  expect(await agent.ended).toEqual({ code: 75, signal: null });
  expect(await ctl('ping')).toMatchObject({ code: 69, err: expect.stringContaining('the gateway is offline') });
});

it('says why a gateway refuses', async () => {
  const { ctl } = await staged();
  const cases = [
    ['write unit-1 mark=1', /\(command\/not-writable\)\. Set/],
    ['write unit-1 level=52', /\(command\/value\)/],
    ['write unit-9 relay=true', /\(command\/unknown-device\)/],
    ['write unit-1 relay=true --expires-in 1', /\(command\/expired\)\. Check both clocks/],
    ['ping --expires-in 60000', /\(command\/expires-too-late\)/],
  ] as const;
  for (const [line, words] of cases) {
    expect([line, await ctl(line)]).toMatchObject([line, { code: 65, out: 'refused: nothing was done\n' }]);
    expect((await ctl(line)).err).toMatch(words);
  }
});

it('selects and operates in one go, or in two', async () => {
  const { ctl } = await staged();
  const alone = await ctl('write unit-1 breaker=true');
  expect(alone).toMatchObject({ code: 65, err: expect.stringContaining('command/select-first') });
  expect(await ctl('operate unit-1 breaker=true')).toMatchObject({ code: 0, out: expect.stringMatching(/^verified/) });
  const selected = await ctl('select unit-1 breaker=false --json');
  const { token } = JSON.parse(selected.out).values;
  const other = await ctl(`operate unit-1 breaker=true --token=${token}`);
  expect(other).toMatchObject({ code: 65, err: expect.stringContaining('command/token') });
  const again = JSON.parse((await ctl('select unit-1 breaker=false --json')).out).values;
  expect(await ctl(`operate unit-1 breaker=false --token=${again.token}`)).toMatchObject({ code: 0 });
});

it('signs what a gateway only takes signed', async () => {
  const folder = await temporaryFolder();
  const file = (name: string) => join(folder, name);
  for (const name of ['anna', 'eve']) {
    execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', file(`${name}.key`)]);
    execFileSync('openssl', ['pkey', '-in', file(`${name}.key`), '-pubout', '-out', file(`${name}.pem`)]);
  }
  const keys = [{ id: 'anna', publicKeyFile: 'anna.pem', points: ['relay'] }];
  const { ctl } = await staged({ signing: { required: ['write'], keys } }, folder);
  const signedBy = (name: string) => `--sign-key ${file(`${name}.key`)} --sign-id anna`;
  const said = async (line: string) => {
    const { code, err } = await ctl(line);
    return `${code} ${/\((.*)\)/.exec(err)?.[1] ?? ''}`;
  };
  expect(await said('read unit-1 mark')).toBe('0 ');
  expect(await said('write unit-1 relay=true')).toBe('65 command/unsigned');
  expect(await said(`write unit-1 relay=true ${signedBy('anna')}`)).toBe('0 ');
  expect(await said(`operate unit-1 relay=false ${signedBy('anna')}`)).toBe('0 ');
  expect(await said(`write unit-1 level=5 ${signedBy('anna')}`)).toBe('65 command/key');
  expect(await said(`write unit-1 relay=true ${signedBy('eve')}`)).toBe('65 command/signature');
  const unsigned = await ctl(`ping --sign-key ${file('anna.pem')} --sign-id anna`);
  expect(unsigned).toMatchObject({ code: 78, out: '' });
});

it('takes broker and prefix from a config, and leaves the gateway of that config alone', async () => {
  const { agent, file, witness } = await staged();
  expect(await type(`system ping --config ${file}`)).toMatchObject({ code: 0 });
  expect(witness.messages.filter(({ topic }) => topic.endsWith('system/availability'))).toHaveLength(1);
  expect(agent.stdout).not.toContain('link/taken-over');
});

it('knows what can have happened when nobody answers', async () => {
  const broker = await brokerFor();
  const at = `--url ${broker.url} --timeout 300`;
  const ping = await type(`nobody ping ${at}`);
  expect(ping).toMatchObject({
    code: 69,
    out: '',
    err: expect.stringContaining('Nothing was heard of such a gateway'),
  });
  const write = await type(`nobody write unit-1 relay=true ${at}`);
  expect(write).toMatchObject({ code: 76, out: '', err: expect.stringContaining('it may have been done') });
});

it('says why the broker can not be asked', async () => {
  const unreachable = await type('gw ping --url mqtt://127.0.0.1:9');
  expect(unreachable).toMatchObject({
    code: 69,
    err: expect.stringContaining('(link/unreachable): the request was not'),
  });
  const plaintext = await type('gw ping --url mqtt://broker.example');
  expect(plaintext).toMatchObject({ code: 64, err: expect.stringContaining('--allow-plaintext') });
  const file = await type('gw ping --username a --password-file /nowhere/password');
  expect(file).toMatchObject({ code: 78, err: expect.stringContaining('config/credential') });
  expect(file.err).not.toContain('nowhere');
});

it('proves itself to the broker with a certificate', async () => {
  const certificates = makeCertificates(await temporaryFolder());
  const { ca, server, client } = certificates;
  const broker = await Mosquitto.start({ tls: { ca, server, requireCertificate: true } });
  onTestFinished(() => broker.dispose());
  const line = `nobody ping --url ${broker.url} --timeout 300 --ca ${ca}`;
  const stranger = await type(line);
  expect(stranger).toMatchObject({ code: 69, err: expect.stringContaining('was not sent') });
  const known = await type(`${line} --cert ${client.cert} --key-file ${client.key}`);
  expect(known).toMatchObject({ code: 69, err: expect.stringContaining('no reply came') });
});
