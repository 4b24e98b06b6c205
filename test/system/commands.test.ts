import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { brokerFor, rigBus, rigDevice, rigFor, runAgent, temporaryFolder } from '../support/agent-process.ts';
import { mountMissing } from '../support/mounts.ts';
import { askOf, type Witness, witnessOf } from '../support/witness.ts';

const P = 'fieldward/system';
const WRITES = new Set([5, 6, 15, 16]);
const points = [
  { name: 'mark', register: 'holding', address: 1, type: 'uint16' },
  { name: 'relay', register: 'coil', address: 3, type: 'bool', writable: true },
  { name: 'level', register: 'holding', address: 4, type: 'uint16', writable: true, min: 0, max: 100, step: 5 },
];

async function staged(config: object = {}, setup: Parameters<typeof runAgent>[1] = {}) {
  const rig = await rigFor({ baud: 115_200, units: '1' });
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, P);
  const allow = ['read', 'write', 'pause', 'resume', 'reopen', 'diagnostics'];
  await runAgent(
    {
      gateway: 'system',
      mqtt: { url: broker.url },
      commands: { enabled: true, allow },
      buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1, { points })])],
      ...config,
    },
    setup,
  );
  await witness.until('online', () => witness.latest('unit-1/availability') === 'online');
  const written = async () => (await rig.transactions()).filter((each) => WRITES.has(each.function)).length;
  return { rig, broker, witness, written };
}

it('refuses every request that it must not carry out, with its reason, and sends nothing to the device', async () => {
  const { broker, witness, written } = await staged();
  const write = 'unit-1/command/write';
  const refusals: readonly (readonly [topic: string, args: object | undefined, more: object, code: string])[] = [
    [write, { relay: true }, { expiresAt: new Date(Date.now() - 1).toISOString() }, 'command/expired'],
    [write, { relay: true }, { expiresAt: new Date(Date.now() + 3.6e6).toISOString() }, 'command/expires-too-late'],
    [write, { relay: true }, { expiresAt: 'soon' }, 'command/malformed'],
    [write, { relay: true }, { surely: 1 }, 'command/malformed'],
    [write, undefined, {}, 'command/malformed'],
    [write, { nosuch: 1 }, {}, 'command/unknown-point'],
    [write, { mark: 1 }, {}, 'command/not-writable'],
    [write, { level: 105 }, {}, 'command/value'],
    [write, { level: -5 }, {}, 'command/value'],
    [write, { level: 52 }, {}, 'command/value'],
    [write, { level: '5' }, {}, 'command/value'],
    [write, { relay: 1 }, {}, 'command/value'],
    [write, { relay: null }, {}, 'command/value'],
    [write, { relay: true, level: 1e9 }, {}, 'command/value'],
    ['unit-1/command/fire', {}, {}, 'command/unknown'],
    ['unit-9/command/write', { relay: true }, {}, 'command/unknown-device'],
    ['command/reopen', { bus: 'nosuch' }, {}, 'command/unknown-bus'],
    ['command/restart', {}, {}, 'command/not-allowed'],
  ];
  for (const [topic, args, more, code] of refusals) {
    expect([topic, args, await askOf(witness, topic, args, more)]).toMatchObject([
      topic,
      args,
      { outcome: 'refused', fault: { code } },
    ]);
  }
  // A command that a broker kept for us is never carried out, with any program as its sender.
  const kept = JSON.stringify({
    id: 'kept',
    expiresAt: new Date(Date.now() + 20_000).toISOString(),
    args: { relay: true },
  });
  const publish = ['-h', '127.0.0.1', '-p', String(broker.port), '-q', '1', '-V', '5', '-t', `${P}/${write}`];
  await promisify(execFile)('mosquitto_pub', [...publish, '-r', '-m', kept]);
  expect(await replyTo(witness, 'kept')).toMatchObject({ outcome: 'refused', fault: { code: 'command/retained' } });
  // A request without form or id is not answered, and harms nobody.
  for (const junk of [
    '',
    '{',
    'null',
    '[]',
    '{"args":{"relay":true}}',
    '['.repeat(50_000),
    '\xff\0',
    'x'.repeat(40_000),
  ]) {
    await witness.client.publishAsync(`${P}/${write}`, junk, { qos: 1 });
  }
  expect(await askOf(witness, 'command/ping')).toMatchObject({ outcome: 'done' });
  expect(await written()).toBe(0);
});

it('carries a request out once however often it comes, and polls on in a flood of them', async () => {
  const { witness, written } = await staged();
  const request = { id: 'once', expiresAt: new Date(Date.now() + 20_000).toISOString(), args: { relay: true } };
  for (let copy = 0; copy < 5; copy += 1) {
    await witness.client.publishAsync(`${P}/unit-1/command/write`, JSON.stringify(request), { qos: 1 });
  }
  const replies = () =>
    witness.messages.filter((each) => each.topic.endsWith('/reply') && each.text.includes('"once"'));
  await witness.until('five replies', () => replies().length === 5);
  expect(new Set(replies().map((each) => each.text)).size).toBe(1);
  expect(JSON.parse(replies()[0]?.text ?? '')).toMatchObject({ outcome: 'verified', values: { relay: true } });
  // the rig's record comes a moment after the answer
  await expect.poll(written).toBe(1);

  const readings = witness.readings('unit-1').length;
  const expiresAt = new Date(Date.now() + 20_000).toISOString();
  for (let count = 0; count < 2000; count += 1) {
    const more = JSON.stringify({ id: `flood-${count}`, expiresAt, args: { relay: count % 2 === 0 } });
    void witness.client.publishAsync(`${P}/unit-1/command/write`, more, { qos: 1 });
    if (count % 200 === 0) await wait(50);
  }
  await witness.until('refusals', () => witness.messages.some((each) => each.text.includes('command/rate')));
  await witness.until('readings', () => witness.readings('unit-1').length > readings + 20);
  const answer = await witness.until('an answer again', () =>
    witness.messages.findLast((each) => each.topic.endsWith('/reply') && each.text.includes('"flood-')),
  );
  expect(answer.text).toMatch(/verified|command\/rate/);
  expect(await written()).toBeLessThan(150);
  expect(witness.readings('unit-1').filter((each) => each.quality === 'bad')).toEqual([]);
});

it('pauses and resumes a device, opens a port anew, and reads when asked', async () => {
  const { witness } = await staged();
  expect(await askOf(witness, 'unit-1/command/pause')).toMatchObject({ outcome: 'done' });
  await witness.until('paused', () => witness.status()?.devices['unit-1']?.health === 'paused');
  const paused = witness.readings('unit-1').length;
  expect(await askOf(witness, 'unit-1/command/read', { points: ['mark'] })).toMatchObject({
    outcome: 'done',
    values: { mark: 257 },
  });
  await wait(300);
  expect(witness.readings('unit-1').length).toBeLessThanOrEqual(paused + 1);
  expect(await askOf(witness, 'unit-1/command/resume')).toMatchObject({ outcome: 'done' });
  await witness.until('readings', () => witness.readings('unit-1').length > paused + 5);
  expect(await askOf(witness, 'command/reopen', { bus: 'line' })).toMatchObject({ outcome: 'done' });
  const reopened = witness.readings('unit-1').length;
  await witness.until('readings again', () => witness.readings('unit-1').length > reopened + 5);
  const { values } = await askOf(witness, 'command/status');
  expect(values.buses.line).toMatchObject({ open: true, reopens: 1 });
});

it('answers on the response topic only where that is its own', async () => {
  const { witness } = await staged();
  const heard: string[] = [];
  await witness.client.subscribeAsync('elsewhere/#', { qos: 1 });
  witness.client.on('message', (topic, _payload, { properties }) => {
    const data = properties?.correlationData?.toString();
    if (data !== undefined) heard.push(`${topic} ${data}`);
  });
  const expiresAt = new Date(Date.now() + 20_000).toISOString();
  for (const [index, responseTopic] of ['elsewhere/a', `${P}/reply/me`, `${P}/status`, `${P}/reply/`].entries()) {
    const properties = { responseTopic, correlationData: Buffer.from(`c${index}`) };
    const request = JSON.stringify({ id: `rt-${index}`, expiresAt });
    await witness.client.publishAsync(`${P}/command/ping`, request, { qos: 1, properties });
    await replyTo(witness, `rt-${index}`);
  }
  await witness.until('ours', () => heard.some((each) => each === `${P}/reply/me c1`));
  expect([...new Set(heard)].filter((each) => !each.startsWith(`${P}/command/ping `))).toEqual([`${P}/reply/me c1`]);
});

it.skipIf(mountMissing !== undefined)('refuses everything while the lockout of the site is set', async () => {
  // The switch of the machine is not ours, and all agents of the machine obey it: this one has a /run of its own.
  const run = await temporaryFolder();
  const lockout = join(run, 'fieldward', 'lockout');
  await mkdir(join(run, 'fieldward'));
  const ownRun = ['unshare', '--mount', 'sh', '-c', 'mount --bind "$0" /run && exec "$@"', run];
  const { witness, written } = await staged({}, { through: ownRun });
  const refused = { outcome: 'refused', fault: { code: 'command/lockout' } };
  // the agent looks for the switch a few times a second
  const obeyed = (outcome: string) =>
    expect.poll(async () => (await askOf(witness, 'command/ping')).outcome).toBe(outcome);
  await writeFile(lockout, '');
  await obeyed('refused');
  expect(await askOf(witness, 'unit-1/command/write', { relay: true })).toMatchObject(refused);
  expect(await askOf(witness, 'command/ping')).toMatchObject(refused);
  await rm(lockout);
  await obeyed('done');
  expect(await askOf(witness, 'unit-1/command/write', { relay: true })).toMatchObject({ outcome: 'verified' });
  // the rig's record comes a moment after the answer
  await expect.poll(written).toBe(1);
});

function replyTo(witness: Witness, id: string) {
  return witness.until(`the reply to ${id}`, () => {
    const reply = witness.messages.find((each) => each.topic.endsWith('/reply') && each.text.includes(`"${id}"`));
    return reply === undefined ? undefined : JSON.parse(reply.text);
  });
}
