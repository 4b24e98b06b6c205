import { generateKeyPairSync } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import mqtt from 'mqtt';
import { expect, it, onTestFinished } from 'vitest';
import { statusSchema } from '../../agent/status/schema.ts';
import { FAULTS } from '../../drivers/contract/faults.ts';
import { residentBytes } from '../../scripts/bench-program/usage.ts';
import { brokerFor, rigBus, rigDevice, rigFor, runAgent, temporaryFolder } from '../support/agent-process.ts';
import { HostileRequests, type HostileSetup, MARK, mayWrite, type Shot } from '../support/hostile-requests.ts';
import { randomForTest } from '../support/seed.ts';
import { toolFor } from '../support/tool.ts';
import { askOf, witnessOf } from '../support/witness.ts';

const P = 'fieldward/system';
const SHOTS = 12_000;
const AT_ONCE = 100;
/** Twelve seconds for all of them: signatures are verified 40 a second, and some are to be. */
const PAUSE = 100;
const WRITES = new Set([5, 6, 15, 16, 23]);
const points = [
  { name: 'mark', register: 'holding', address: 1, type: 'uint16' },
  { name: 'level', register: 'holding', address: 4, type: 'uint16', writable: true },
  { name: 'breaker', register: 'coil', address: 5, type: 'bool', writable: true, confirm: 'select' },
];
/** Of the gateway's own topics, these are all that it publishes on. */
const OURS = new RegExp(
  `^${P}/(availability|status|unit-1/(availability|state|readings|identity)|([^/]+/)?command/[^/]+/reply|reply/.+)$`,
);
const OUTCOMES = ['done', 'applied', 'verified', 'refused', 'failed', 'unknown'];

it('survives 12000 hostile messages: nothing is carried out that must not be, and nothing grows', async () => {
  const random = randomForTest();
  const folder = await temporaryFolder();
  const ops = generateKeyPairSync('ed25519');
  const publicKeyFile = join(folder, 'ops.pem');
  await writeFile(publicKeyFile, ops.publicKey.export({ type: 'spki', format: 'pem' }));
  const pem = (key: typeof ops) => key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const setup: HostileSetup = {
    root: P,
    device: 'unit-1',
    point: 'level',
    guarded: 'breaker',
    keyId: 'ops',
    privateKey: pem(ops),
    foreignKey: pem(generateKeyPairSync('ed25519')),
  };
  const rig = await rigFor({ baud: 115_200, units: '1' });
  // The broker keeps everything for the agent, however slow: every message is to reach it.
  const broker = await brokerFor({ lines: ['max_queued_messages 0', 'max_queued_bytes 0'] });
  const witness = await witnessOf(broker.url, P);
  const directory = join(folder, 'commands');
  const agent = await runAgent({
    gateway: 'system',
    mqtt: { url: broker.url },
    commands: {
      enabled: true,
      allow: ['read', 'write', 'pause', 'resume', 'diagnostics'],
      directory,
      signing: { required: ['pause'], keys: [{ id: 'ops', publicKeyFile }] },
    },
    buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1, { points })])],
  });
  let ended = false;
  void agent.ended.then(() => {
    ended = true;
  });
  await witness.until('readings', () => witness.readings('unit-1').length > 20);
  const handles = async () => (await readdir(`/proc/${agent.pid}/fd`)).length;
  const before = { rss: await residentBytes(agent.pid), handles: await handles(), from: Date.now() };

  // Hears all that others publish, and not itself.
  const fuzzer = await mqtt.connectAsync(broker.url, { protocolVersion: 5, reconnectPeriod: 0 });
  onTestFinished(() => fuzzer.endAsync(true));
  const heard: { topic: string; text: string }[] = [];
  fuzzer.on('message', (topic, payload) => heard.push({ topic, text: payload.toString() }));
  await fuzzer.subscribeAsync('#', { qos: 0, nl: true });

  const hostile = new HostileRequests(setup, random);
  const allowed = new Map<number, Set<string>>();
  const canaries = new Set<number>();
  let [plain, signed] = [0, 0];
  for (let sent = 0; sent < SHOTS; sent += AT_ONCE) {
    const shots: Shot[] = [];
    while (shots.length < AT_ONCE) shots.push(await hostile.next());
    for (const shot of shots) {
      const may = mayWrite(shot, setup, before.from);
      if (may !== undefined) allowed.set(may.value, (allowed.get(may.value) ?? new Set()).add(may.id));
      if (shot.signedWrite !== undefined) canaries.add(shot.signedWrite);
      if (shot.payload[0] === 0x65) signed += 1;
      else if (shot.topic === `${P}/unit-1/command/write` && shot.payload.length <= 16_384) plain += 1;
    }
    await Promise.all([
      wait(PAUSE),
      ...shots.map(({ topic, payload, options }) => fuzzer.publishAsync(topic, payload, options)),
    ]);
  }

  const counted = await settled(witness);
  expect(ended).toBe(false);
  const { executed, refused, repeated, ignored, unanswered } = counted;
  process.stdout.write(`fuzz: ${SHOTS} messages, ${signed} signed or like it, ${JSON.stringify(counted)}\n`);
  // Each request to a device's own topic is looked at; of those that look signed, as many as may be verified.
  expect(executed + refused + repeated + ignored).toBeGreaterThanOrEqual(plain);
  expect(executed + refused + repeated + ignored + unanswered).toBeGreaterThan(SHOTS * 0.6);

  const written = (await rig.transactions()).filter((each) => WRITES.has(each.function));
  expect(written.filter((each) => each.function !== 6 || each.address !== 4 || each.unit !== 1)).toEqual([]);
  const times = new Map<number, number>();
  for (const { quantity: value } of written) times.set(value, (times.get(value) ?? 0) + 1);
  const beyond = [...times].filter(([value, count]) => count > (allowed.get(value)?.size ?? 0));
  expect(beyond).toEqual([]);
  const canariesWritten = [...canaries].filter((value) => times.has(value)).length;
  expect(canariesWritten).toBeGreaterThan(canaries.size / 3);
  expect([...canaries].filter((value) => (times.get(value) ?? 0) > 1)).toEqual([]);

  // Its words are only ever those of the interface, on the topics of the interface, in the words of the table.
  const asked = `${P}/command/diagnostics`;
  expect(heard.map(({ topic }) => topic).filter((topic) => !OURS.test(topic) && topic !== asked)).toEqual([]);
  expect(heard.filter((each) => each.text.includes(MARK)).map((each) => each.topic)).toEqual([]);
  expect(agent.stdout + agent.stderr).not.toContain(MARK);
  expect(agent.stdout.split('\n').filter((line) => line.includes('"level":"error"'))).toEqual([]);
  for (const { text } of heard.filter((each) => /\/reply(\/|$)/.test(each.topic))) {
    const { id, outcome, fault } = JSON.parse(text);
    expect(id).toMatch(/^[A-Za-z0-9._:-]{1,64}$/);
    expect(OUTCOMES).toContain(outcome);
    if (fault !== undefined) expect(fault.message).toBe(FAULTS[fault.code as keyof typeof FAULTS].message);
  }
  for (const each of heard.filter(({ topic }) => topic === `${P}/status`)) statusSchema.parse(JSON.parse(each.text));

  // It polls on and obeys as before, and has not grown.
  const polled = witness.readings('unit-1').length;
  await witness.until('readings', () => witness.readings('unit-1').length > polled + 20);
  expect(witness.readings('unit-1').filter((each) => each.quality === 'bad')).toEqual([]);
  expect(await askOf(witness, 'unit-1/command/write', { level: 7 })).toMatchObject({ outcome: 'verified' });
  const { values } = await askOf(witness, 'command/status');
  expect(values.commands).toMatchObject({ durable: true, audit: { durable: true, lost: 0 } });
  expect(await handles()).toBeLessThanOrEqual(before.handles + 2);
  const grown = (await residentBytes(agent.pid)) - before.rss;
  process.stdout.write(
    `fuzz: ${written.length} writes, ${canariesWritten} of ${canaries.size} canaries, ` +
      `memory +${(grown / 1e6).toFixed(1)} MB, loop p99 ${values.process.eventLoopDelayMs} ms\n`,
  );
  expect(grown).toBeLessThan(40_000_000);
  expect(await agent.stop()).toEqual({ code: 0, signal: null });
  const audit = toolFor({ args: ['audit', 'verify', join(directory, 'audit')] });
  expect(await audit.ended).toMatchObject({ code: 0 });
});

type Counted = Readonly<Record<'executed' | 'refused' | 'repeated' | 'ignored' | 'unanswered', number>>;

/** The agent's counters once nothing is left to count. */
async function settled(witness: Awaited<ReturnType<typeof witnessOf>>): Promise<Counted> {
  let last = -1;
  for (;;) {
    await wait(1000);
    const reply = await askOf(witness, 'command/diagnostics');
    if (reply.outcome !== 'done') continue;
    const { running, ...counted } = reply.values.commands;
    // Those of the questions themselves.
    const sum = counted.refused + counted.repeated + counted.ignored + counted.unanswered;
    if (sum === last && running <= 1) return counted;
    last = sum;
  }
}
