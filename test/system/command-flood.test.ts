import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { pollsPerS } from '../../scripts/bench-program/cases/commands-case.ts';
import { flood } from '../../scripts/bench-program/command-flood.ts';
import { residentBytes } from '../../scripts/bench-program/usage.ts';
import { brokerFor, rigBus, rigFor, runAgent, temporaryFolder } from '../support/agent-process.ts';
import { askOf, witnessOf } from '../support/witness.ts';

const P = 'fieldward/system';
const BAUD = 19_200;
const UNITS = [1, 2, 3, 4];
/** What is promised is 0.95; the rest is for a machine that others use too. The bench has the true figure. */
const KEPT = 0.9;
const BEFORE_S = 8;
const FLOOD_S = 30;

it('polls on at its rate while 1000 commands a second come for half a minute', async () => {
  const rig = await rigFor({ baud: BAUD, units: '1-4', options: { rt: true } });
  const broker = await brokerFor({ lines: ['max_queued_messages 0', 'max_queued_bytes 0'] });
  const witness = await witnessOf(broker.url, P);
  const folder = await temporaryFolder();
  const publicKeyFile = join(folder, 'ops.pem');
  await writeFile(publicKeyFile, generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }));
  const points = Array.from({ length: 10 }, (_, address) => {
    return { name: `r${address}`, register: 'holding', address, type: 'uint16' };
  });
  const devices = UNITS.map((unit) => {
    const options = { unit, timeoutMs: 500 };
    return { id: `unit-${unit}`, driver: 'modbus-rtu', options, minTimeoutMs: 300, pollMs: 250, points };
  });
  const agent = await runAgent({
    gateway: 'system',
    mqtt: { url: broker.url },
    commands: {
      enabled: true,
      allow: ['read', 'diagnostics'],
      directory: join(folder, 'commands'),
      signing: { required: ['pause'], keys: [{ id: 'ops', publicKeyFile }] },
    },
    log: { level: 'warn' },
    buses: [rigBus('line', rig.links[0] ?? '', devices, { baudRate: BAUD })],
  });
  await witness.until('readings', () => witness.readings('unit-4').length > 4);

  const rss = await residentBytes(agent.pid);
  const from = process.hrtime.bigint();
  await wait(BEFORE_S * 1000);
  const begins = process.hrtime.bigint();
  const names = UNITS.map((unit) => `unit-${unit}`);
  const target = { url: broker.url, root: P, devices: names, point: 'r9', keyId: 'ops' };
  const { perS } = await flood({ ...target, perS: 1000, seconds: FLOOD_S });
  const transactions = await rig.transactions();
  const before = pollsPerS(transactions, from, BEFORE_S);
  const kept = pollsPerS(transactions, begins, FLOOD_S) / before;
  const reads = transactions.filter((each) => each.quantity === 1 && each.requestEndNs > begins).length;
  // It answers again at once: its buckets fill within a second or two.
  await wait(3000);
  const { values } = await askOf(witness, 'command/status');
  const loop = values.process.eventLoopDelayMs;
  const grown = (await residentBytes(agent.pid)) - rss;
  process.stdout.write(
    `flood: ${perS.toFixed(0)} commands/s; ${before.toFixed(2)} polls/s before, ${kept.toFixed(3)} of it kept; ` +
      `${(reads / FLOOD_S).toFixed(1)} reads/s carried out; loop p99 ${loop} ms; memory +${(grown / 1e6).toFixed(1)} MB\n`,
  );
  // What is measured is a flood: a machine that can't make one says nothing.
  expect(perS).toBeGreaterThan(500);
  expect(before).toBeGreaterThan(12);
  expect(kept).toBeGreaterThanOrEqual(KEPT);
  expect(UNITS.flatMap((unit) => witness.readings(`unit-${unit}`)).filter(({ quality }) => quality === 'bad')).toEqual(
    [],
  );
  // Some are carried out, as many as the limits let through: 20 a second, 40 at once, and two for the asking.
  expect(reads).toBeGreaterThan(FLOOD_S);
  expect(reads).toBeLessThanOrEqual(20 * (FLOOD_S + 3) + 40);
  const { commands } = values;
  // A fifth of them is signed, and 40 of these a second are verified; all others are counted.
  expect(commands.executed + commands.refused + commands.repeated).toBeGreaterThan(0.75 * perS * FLOOD_S);
  expect(loop).toBeLessThan(100);
  expect(grown).toBeLessThan(40_000_000);
  expect(await agent.stop()).toEqual({ code: 0, signal: null });
});
