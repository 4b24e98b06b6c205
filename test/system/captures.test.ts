import { chmod, chown, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readCapture } from '../../agent/capture/read.ts';
import { openPty } from '../../scripts/sim/pty.ts';
import {
  agentFor,
  brokerFor,
  configFile,
  rigBus,
  rigDevice,
  rigFor,
  runAgent,
  temporaryFolder,
} from '../support/agent-process.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { witnessOf } from '../support/witness.ts';

const recordsOf = async (path: string) => {
  const read = readCapture(await readFile(path));
  if (!read.ok) throw new Error(`line ${read.line}: ${read.why}`);
  return read.capture;
};

async function folders() {
  const folder = await temporaryFolder();
  const [state, runtime] = [join(folder, 'state'), join(folder, 'run')];
  for (const each of [state, runtime]) {
    await mkdir(each);
    await chmod(each, 0o755);
  }
  return { folder, state, runtime, env: { STATE_DIRECTORY: state, RUNTIME_DIRECTORY: runtime } };
}

it('traces the running agent, and a replay of the trace gives the same readings', async () => {
  const { folder, runtime, env } = await folders();
  const rig = await rigFor({ baud: 115_200, units: '1,2' });
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, 'fieldward/system');
  const devices = [
    rigDevice(1, { points: [{ name: 'mark', register: 'holding', address: 1, type: 'uint16' }] }),
    rigDevice(2),
  ];
  const agent = await runAgent(
    { gateway: 'system', mqtt: { url: broker.url }, buses: [rigBus('line', rig.links[0] ?? '', devices)] },
    { env },
  );
  await witness.until('both devices', () =>
    ['unit-1', 'unit-2'].every((id) => witness.status()?.devices[id]?.health === 'online'),
  );
  const [output, pcap] = [join(folder, 'line.capture'), join(folder, 'line.pcap')];
  const traced = agentFor({
    args: [
      'trace',
      'line',
      '--for',
      '2s',
      '--output',
      output,
      '--pcap',
      pcap,
      '--runtime-directory',
      runtime,
      '--json',
    ],
  });
  expect(await traced.ended).toEqual({ code: 0, signal: null });
  expect(JSON.parse(traced.stdout)).toMatchObject({ lost: 0 });
  const capture = await recordsOf(output);
  expect(capture.line).toEqual({ baudRate: 115_200, dataBits: 8, parity: 'none', stopBits: 1 });
  expect(capture.records.at(-1)).toMatchObject({ kind: 'end', why: 'time' });
  for (const kind of ['sent', 'received']) expect(capture.records.some((record) => record.kind === kind)).toBe(true);
  expect((await readFile(pcap)).readUInt32BE(20)).toBe(250);
  // nothing of it is left, and nothing of it went to the broker
  expect((await readdir(runtime)).filter((name) => name.startsWith('trace'))).toEqual([]);
  await agent.stop();

  const link = join(folder, 'meter');
  const replayed = agentFor({ args: ['replay', output, '--link', link, '--json'] });
  await expect.poll(() => replayed.stdout, { timeout: 120_000 }).toContain('"path"');
  const file = await configFile({
    gateway: 'system',
    mqtt: { url: 'mqtt://127.0.0.1:1' },
    buses: [rigBus('line', link, devices)],
  });
  const polled = agentFor({ args: ['poll', 'unit-1', '--once', '--json', '--config', file] });
  expect(await polled.ended).toEqual({ code: 0, signal: null });
  expect(JSON.parse(polled.stdout)).toMatchObject({ values: { mark: 0x0101 } });
  replayed.signal('SIGTERM');
  expect(await replayed.ended).toEqual({ code: 0, signal: null });
  expect(JSON.parse(replayed.stdout.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({ unknownBytes: 0 });
});

it.runIf(process.getuid?.() === 0)('lets root trace the agent of another user', async () => {
  const { folder, runtime } = await folders();
  const service = 65_534;
  await chmod(folder, 0o755);
  await chown(runtime, service, service);
  const line = await openPty();
  onTestFinished(() => line.close());
  await chown(line.path, service, service);
  const device = rigDevice(1, { options: { unit: 1, timeoutMs: 300 }, minTimeoutMs: 300 });
  const mqtt = { url: 'mqtt://127.0.0.1:1' };
  const config = await configFile({ gateway: 'system', mqtt, buses: [rigBus('line', line.path, [device])] }, folder);
  const user = ['setpriv', `--reuid=${service}`, `--regid=${service}`, '--clear-groups'];
  // a change of the user unbinds it from its starter (PR_SET_PDEATHSIG, prctl(2)): a killed run would leave it behind
  const through = [...user, '--pdeathsig', 'KILL'];
  const agent = agentFor({ args: ['run', '--config', config], through, env: { RUNTIME_DIRECTORY: runtime } });
  await expect.poll(() => agent.stdout, { timeout: PATIENCE_MS }).toContain('"started"');
  const output = join(folder, 'line.capture');
  const args = ['trace', 'line', '--for', '2s', '--output', output, '--runtime-directory', runtime];
  const traced = agentFor({ args });
  expect(await traced.ended).toEqual({ code: 0, signal: null });
  expect((await recordsOf(output)).records.some(({ kind }) => kind === 'sent')).toBe(true);
  expect((await readdir(runtime)).filter((name) => name.startsWith('trace'))).toEqual([]);
});

it('refuses a request for a trace that others could have written', async () => {
  const { folder, runtime, env } = await folders();
  const rig = await rigFor({ baud: 115_200, units: '1' });
  const broker = await brokerFor();
  const agent = await runAgent(
    { gateway: 'system', mqtt: { url: broker.url }, buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1)])] },
    { env },
  );
  await expect.poll(() => agent.stdout, { timeout: 120_000 }).toContain('"started"');
  const request = join(runtime, 'trace-request');
  await writeFile(join(folder, 'r'), '{"version":1,"id":"0123456789abcdef","bus":"line","ms":1000,"bytes":65536}\n');
  await writeFile(request, await readFile(join(folder, 'r')));
  await chmod(request, 0o666);
  await expect.poll(() => agent.stdout, { timeout: 120_000 }).toContain('trace refused');
  const unknown = agentFor({
    args: ['trace', 'other', '--for', '1s', '--output', join(folder, 'x'), '--runtime-directory', runtime],
  });
  expect(await unknown.ended).toEqual({ code: 69, signal: null });
  expect(unknown.stderr).toContain('no agent took the request');
});

it('records the last bytes before a device went offline, and tells the broker none of them', async () => {
  const { state, env } = await folders();
  const rig = await rigFor({ baud: 115_200, units: '1', options: { switched: '7' } });
  rig.switchUnits();
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, 'fieldward/system');
  const bus = rigBus('line', rig.links[0] ?? '', [
    rigDevice(7, { options: { unit: 7, timeoutMs: 300 }, minTimeoutMs: 300 }),
  ]);
  const agent = await runAgent(
    { gateway: 'system', mqtt: { url: broker.url }, buses: [{ ...bus, recorder: {} }] },
    { env },
  );
  await witness.until('it is online', () => witness.status()?.devices['unit-7']?.health === 'online');
  rig.switchUnits();
  const recordings = join(state, 'recordings');
  const files = () => readdir(recordings).catch(() => []);
  await expect.poll(files, { timeout: 180_000 }).toHaveLength(1);
  await expect.poll(() => agent.stdout, { timeout: 120_000 }).toContain('line recorded');
  const [name = ''] = await files();
  expect(name).toMatch(/^line\..*\.offline\.capture$/);
  const { records } = await recordsOf(join(recordings, name));
  // the last is the question that nobody answered
  expect(records.at(-1)).toMatchObject({ kind: 'sent' });
  expect(records.some(({ kind }) => kind === 'received')).toBe(true);
  const question = Buffer.from(
    'bytes' in (records.at(-1) ?? {}) ? (records.at(-1) as { bytes: Uint8Array }).bytes : [],
  );
  expect(question.length).toBe(8);
  const said = JSON.stringify(witness.messages.map(({ text }) => text));
  for (const form of [question.toString('hex'), question.toString('hex').toUpperCase(), question.toString('base64')]) {
    expect(said).not.toContain(form);
  }
  expect(agent.stdout).not.toContain(question.toString('hex'));
});
