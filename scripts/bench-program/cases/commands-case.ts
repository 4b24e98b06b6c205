import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startAgent } from '../../testbed/agent-process.ts';
import { asTheUnit } from '../../testbed/as-the-unit.ts';
import type { Transaction } from '../../testbed/rig.ts';
import { flood } from '../command-flood.ts';
import { COMMANDED, command, latenciesToWire, type Sent } from '../commander.ts';
import { configFor, fieldward } from '../fieldward.ts';
import { type Figures, figuresOf } from '../figures.ts';
import { quantile } from '../judge.ts';
import { observe, type Scene } from '../observe.ts';
import { holdingRegisters } from '../quantity.ts';
import { deviceId, type Subject } from '../subject.ts';
import { exchangeS, requestS, silenceS } from '../wire.ts';
import { type Case, type CaseSetup, REGISTERS, type Row, UNITS } from './case.ts';

const ROOT = 'fieldward/bench';
const KEY = 'bench';
/** Once at the start, and not again while anybody looks. */
const IDLE_MS = 3_600_000;
/** Four devices then take a third of the line at 19200 baud, so that the reads in the flood find room beside them. */
const PERIOD_MS = 250;
const FLOODED_UNITS = UNITS.slice(0, 4);
const FLOOD_PER_S = 1000;

/** With commands to every device, and a key that nobody in the flood has. */
const commanded: Subject = {
  name: fieldward.name,
  async start(work) {
    const publicKeyFile = join(work.folder, 'key.pem');
    const { publicKey } = generateKeyPairSync('ed25519');
    await writeFile(publicKeyFile, publicKey.export({ type: 'spki', format: 'pem' }));
    const points = work.quantities.map((each) => ({ ...each, writable: each.address === COMMANDED }));
    const config = {
      ...configFor({ ...work, quantities: points }),
      commands: {
        enabled: true,
        allow: ['read', 'write'],
        // as in the field: each id is on disk before its command acts
        directory: join(work.folder, 'commands'),
        signing: { required: ['pause'], keys: [{ id: KEY, publicKeyFile }] },
      },
    };
    const file = join(work.folder, 'fieldward.yaml');
    await writeFile(file, JSON.stringify(config, null, 2));
    return startAgent(asTheUnit({ args: ['run', '--config', file] }));
  },
};

export const commandsCase: Case = {
  name: 'commands',
  summary: 'from publish to the first byte of a command on the wire; and what a flood of commands leaves of the polls',
  bauds: [19_200],
  columns: [
    { head: 'polls/s', figure: 'pollsPerS', digits: 2 },
    { head: 'read p50 ms', figure: 'readToWireP50Ms', digits: 2 },
    { head: 'read p99 ms', figure: 'readToWireP99Ms', digits: 2 },
    { head: 'write p50 ms', figure: 'writeToWireP50Ms', digits: 2 },
    { head: 'write p99 ms', figure: 'writeToWireP99Ms', digits: 2 },
    { head: 'exchange ms', figure: 'exchangeMs', digits: 2 },
    { head: 'bound ms', figure: 'boundMs', digits: 2 },
    { head: 'commands', figure: 'commands', digits: 0 },
    { head: 'flood/s', figure: 'floodPerS', digits: 0 },
    { head: 'reads/s', figure: 'floodReadsPerS', digits: 1 },
    { head: 'kept', figure: 'keptOfPollRate', digits: 3 },
    { head: 't3.5 viol.', figure: 't35Violations', digits: 0 },
    { head: 'wrong', figure: 'wrongValues', digits: 0 },
    { head: 'loop p99 ms', figure: 'eventLoopP99Ms', digits: 1 },
  ],
  async *run(setup) {
    yield await measureLatency(setup, 'idle', IDLE_MS);
    yield await measureLatency(setup, 'full', 0);
    yield await measureFlood(setup, 'flood', PERIOD_MS);
    yield await measureFlood(setup, 'both', 0);
  },
};

async function measureLatency(setup: CaseSetup, name: string, pollMs: number): Promise<Row> {
  const { baud, seconds, signal } = setup;
  let sent: readonly Sent[] = [];
  const during = async (url: string) => {
    const deviceOf = (unit: number) => deviceId(0, unit);
    sent = await command({ url, root: ROOT, units: UNITS, deviceOf, seconds, signal });
  };
  const scene = sceneOf(setup, { pollMs, during });
  const observed = await observe(scene);
  const requestNs = requestS(baud) * 1e9;
  const reads = latenciesToWire(sent, 'read', observed.transactions, requestNs);
  const writes = latenciesToWire(sent, 'write', observed.transactions, requestNs);
  return rowOf(baud, name, {
    ...figuresOf(observed, scene),
    pollsPerS: pollsPerS(observed.transactions, observed.beganAt, setup.seconds),
    readToWireP50Ms: quantile(reads, 0.5),
    readToWireP99Ms: quantile(reads, 0.99),
    writeToWireP50Ms: quantile(writes, 0.5),
    writeToWireP99Ms: quantile(writes, 0.99),
    exchangeMs: (exchangeS(baud, REGISTERS) - silenceS(baud)) * 1000,
    boundMs: exchangeS(baud, REGISTERS) * 1000,
    commands: reads.length + writes.length,
    notCarriedOut: sent.length - reads.length - writes.length,
  });
}

/** Half of the time nothing comes, then the flood: the same agent on the same line shows the rate that it leaves. */
async function measureFlood(setup: CaseSetup, name: string, pollMs: number): Promise<Row> {
  const { baud, seconds, signal } = setup;
  let [fromNs, perS] = [0n, 0];
  const during = async (url: string) => {
    await wait(seconds * 1000, undefined, { signal });
    fromNs = process.hrtime.bigint();
    const devices = FLOODED_UNITS.map((unit) => deviceId(0, unit));
    const point = `r${COMMANDED}`;
    ({ perS } = await flood({ url, root: ROOT, devices, point, keyId: KEY, perS: FLOOD_PER_S, seconds, signal }));
  };
  const scene = sceneOf(setup, { pollMs, during, units: FLOODED_UNITS });
  const observed = await observe(scene);
  const { transactions, beganAt } = observed;
  const before = pollsPerS(transactions, beganAt, seconds);
  const meanwhile = pollsPerS(transactions, fromNs, seconds);
  return rowOf(baud, name, {
    ...figuresOf(observed, scene),
    pollsPerS: meanwhile,
    pollsPerSBefore: before,
    keptOfPollRate: meanwhile / before,
    floodPerS: perS,
    floodReadsPerS: transactions.filter((each) => !isPoll(each) && each.requestEndNs > fromNs).length / seconds,
  });
}

function sceneOf({ baud, seconds, signal }: CaseSetup, more: Partial<Scene>): Scene {
  const quantities = holdingRegisters(REGISTERS);
  return { subject: commanded, baud, units: UNITS, quantities, seconds, signal, ...more };
}

function rowOf(baud: number, name: string, figures: Figures): Row {
  return { case: 'commands', subject: `${commanded.name}, ${name}`, baud, figures };
}

/** A poll asks for all registers, a command for one. */
function isPoll({ quantity, function: code }: Transaction): boolean {
  return code === 3 && quantity === REGISTERS;
}

/** Answered polls a second, from then on. */
export function pollsPerS(transactions: readonly Transaction[], fromNs: bigint, seconds: number): number {
  const endNs = fromNs + BigInt(Math.round(seconds * 1e9));
  const polls = transactions.filter(
    (each) => isPoll(each) && each.what === 'ok' && each.answerEndNs > fromNs && each.answerEndNs <= endNs,
  );
  return polls.length / seconds;
}
