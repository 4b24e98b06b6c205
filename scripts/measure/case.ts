import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type AgentProcess, startAgent } from '../stage/agent-process.ts';
import { startMosquitto } from '../stage/mosquitto.ts';
import { startRig, type Transaction } from '../stage/rig.ts';
import { cpuMs, residentBytes } from './usage.ts';
import { type Arrival, subscribe } from './witness.ts';

const UNITS = 8;
const REGISTERS = 10;
const WARM_UP = 3000;
const FIRST_READING_WITHIN = 30_000;

export interface CaseResult {
  readonly baud: number;
  readonly seconds: number;
  readonly pollsPerS: number;
  /** What the wire allows: request, t3.5, answer and t3.5, one after the other, without a pause. */
  readonly limitPerS: number;
  readonly shareOfLimit: number;
  readonly t35Violations: number;
  readonly collisions: number;
  /** Answers of the rig that no reading came of, and readings with a value that the rig did not serve. */
  readonly unansweredRequests: number;
  readonly wrongValues: number;
  readonly cpuMsPer1000Polls: number;
  readonly rssMiB: number;
  readonly firstReadingMs: number;
  readonly latencyP50Ms: number;
  readonly latencyP99Ms: number;
  readonly latencySamples: number;
}

/** Polls per second that a line can carry at most: 8 bytes of request, 25 of answer, two silences. */
export function limitPerSecond(baud: number): number {
  const character = 10 / baud;
  // Modbus over Serial Line V1.02, 2.5.1.1: a fixed 1.75 ms above 19200 baud.
  const silence = baud > 19_200 ? 0.001_75 : 3.5 * character;
  return 1 / ((8 + 5 + 2 * REGISTERS) * character + 2 * silence);
}

/** One run of the real agent on a paced line at this speed. */
export async function measure(baud: number, seconds: number): Promise<CaseResult> {
  const folder = await mkdtemp(join(tmpdir(), 'fieldward-bench-'));
  const undo: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  try {
    // Where it may, the rig has real-time priority: a UART does not wait for a processor either.
    const rig = await startRig({ baud, units: `1-${UNITS}`, options: { rt: true } });
    undo.push(() => rig.stop());
    const broker = await startMosquitto();
    undo.push(() => broker.stop());
    const witness = await subscribe(broker.url, 'fieldward/bench/+/readings');
    undo.push(() => witness.end());
    const config = join(folder, 'fieldward.yaml');
    await writeFile(config, JSON.stringify(configFor(broker.url, rig.links[0] ?? '', baud), null, 2));
    const agent = startAgent({ args: ['run', '--config', config] });
    undo.push(() => agent.stop());

    const firstReadingAt = await firstOf(witness.first, agent);
    await wait(WARM_UP);
    await rig.zero();
    const [beganAt, cpuBefore] = [process.hrtime.bigint(), await cpuMs(agent.pid)];
    witness.forget();
    await wait(seconds * 1000);
    const cpu = (await cpuMs(agent.pid)) - cpuBefore;
    const summary = await rig.summary();
    const rss = await residentBytes(agent.pid);
    const line = summary.lines[0];
    if (line === undefined) throw new Error('the rig has no line');
    const transactions = (await rig.transactions()).filter((each) => each.requestEndNs > beganAt);
    const { latencies, wrong } = compare(transactions, witness.arrivals);
    const pollsPerS = line.responses / summary.since_zero_s;
    return {
      baud,
      seconds: summary.since_zero_s,
      pollsPerS,
      limitPerS: limitPerSecond(baud),
      shareOfLimit: pollsPerS / limitPerSecond(baud),
      t35Violations: line.t35_violations,
      collisions: line.collisions,
      unansweredRequests: line.requests - line.responses,
      wrongValues: wrong,
      cpuMsPer1000Polls: (cpu / line.responses) * 1000,
      rssMiB: rss / 1_048_576,
      firstReadingMs: firstReadingAt - agent.startedAt,
      latencyP50Ms: quantile(latencies, 0.5),
      latencyP99Ms: quantile(latencies, 0.99),
      latencySamples: latencies.length,
    };
  } finally {
    for (const each of undo.reverse()) await each();
  }
}

/** The latency of every reading that the rig's log knows, and how many hold what the rig did not serve. */
export function compare(
  transactions: readonly Transaction[],
  arrivals: readonly Arrival[],
): { latencies: readonly number[]; wrong: number } {
  const served = new Map(transactions.map((each) => [`${each.unit} ${each.counter}`, each.answerEndNs]));
  const latencies: number[] = [];
  let wrong = 0;
  for (const { unit, registers, atNs } of arrivals) {
    const counter = registers[0] ?? -1;
    const expected = registers.map((_, address) => (address % 2 === 0 ? counter : (unit << 8) | address));
    if (registers.length !== REGISTERS || registers.some((value, address) => value !== expected[address])) wrong += 1;
    const answerEndNs = served.get(`${unit} ${counter}`);
    // Readings of answers from before the zero are on their way for a moment.
    if (answerEndNs !== undefined && answerEndNs > 0n) latencies.push(Number(atNs - answerEndNs) / 1e6);
  }
  return { latencies: latencies.sort((a, b) => a - b), wrong };
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
}

async function firstOf(first: Promise<number>, agent: AgentProcess): Promise<number> {
  const late = new AbortController();
  try {
    return await Promise.race([
      first,
      agent.ended.then(() => Promise.reject(new Error(`the agent ended:\n${tail(agent)}`))),
      wait(FIRST_READING_WITHIN, undefined, late).then(() =>
        Promise.reject(new Error(`no reading came:\n${tail(agent)}`)),
      ),
    ]);
  } finally {
    late.abort();
  }
}

function tail(agent: AgentProcess): string {
  return (agent.stdout + agent.stderr).slice(-3000);
}

function configFor(url: string, path: string, baudRate: number): object {
  const points = Array.from({ length: REGISTERS }, (_, address) => ({
    name: `r${address}`,
    register: 'holding',
    address,
    type: 'uint16',
  }));
  return {
    gateway: 'bench',
    mqtt: { url },
    commands: { enabled: false },
    log: { level: 'warn' },
    buses: [
      {
        id: 'line',
        port: { path, baudRate, dataBits: 8, parity: 'none', stopBits: 1 },
        devices: Array.from({ length: UNITS }, (_, index) => ({
          id: `unit-${index + 1}`,
          driver: 'modbus-rtu',
          options: { unit: index + 1, timeoutMs: 500 },
          pollMs: 0,
          points,
        })),
      },
    ],
  };
}
