import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import {
  type AgentProcess,
  agentFor,
  brokerFor,
  configFile,
  type Rig,
  rigBus,
  rigDevice,
  rigFor,
} from './agent-process.ts';
import { type Passage, passageTo } from './passage.ts';
import { PATIENCE_MS, until } from './patience.ts';
import { askOf, type Reading, type Witness, witnessOf } from './witness.ts';

const SYNC = 400;

export interface OutboxScene {
  readonly rig: Rig;
  readonly passage: Passage;
  readonly witness: Witness;
  /** Starts the agent: again, after it has ended. */
  run(env?: Readonly<Record<string, string>>): Promise<AgentProcess>;
  readings(): readonly Reading[];
  outbox(): OutboxPart | undefined;
  /** Asks the agent for its status until this holds of it. The status that comes by itself may be a minute old. */
  untilOutbox(what: string, met: (outbox: OutboxPart) => boolean): Promise<OutboxPart>;
  /** Settles after so many more answers of the line: polls go on, with any fate of their readings. */
  polls(count: number): Promise<void>;
}

export interface OutboxPart {
  readonly held: number;
  readonly bytes: number;
  readonly dropped: number;
  readonly damaged: number;
  readonly durable: boolean;
  readonly diskFault: { readonly code: string } | null;
}

/** A device that is polled without a pause, an agent with this folder, and a broker that only the agent loses. */
export async function outboxScene(directory: string, outbox: object = {}): Promise<OutboxScene> {
  const rig = await rigFor({ baud: 115_200, units: '1' });
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, 'fieldward/system');
  const passage = await passageTo(broker.port);
  const file = await configFile({
    gateway: 'system',
    mqtt: { url: passage.url, reconnectMinMs: 100, reconnectMaxMs: 1000 },
    outbox: { directory, syncIntervalMs: SYNC, ...outbox },
    commands: { enabled: true },
    buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1, { pollMs: 0 })])],
  });
  const answers = async () => (await rig.summary()).lines[0]?.responses ?? 0;
  return {
    ...{ rig, passage, witness },
    run: async (env = {}) => agentFor({ args: ['run', '--config', file], env }),
    readings: () => witness.readings('unit-1'),
    outbox() {
      const text = witness.latest('status');
      return text === undefined ? undefined : JSON.parse(text).outbox;
    },
    async untilOutbox(what, met) {
      const late = performance.now() + PATIENCE_MS;
      while (performance.now() < late) {
        // a request that comes before the agent has subscribed anew goes nowhere: it is asked again
        const asked = askOf(witness, 'command/status').catch(() => undefined);
        const reply = await Promise.race([asked, wait(1000, undefined)]);
        if (reply !== undefined && met(reply.values.outbox)) return reply.values.outbox;
        await wait(100);
      }
      throw new Error(`not so: ${what}`);
    },
    async polls(count) {
      const most = (await answers()) + count;
      await until(`${count} polls`, async () => (await answers()) >= most);
    },
  };
}

/** Settles once the agent's log holds these words, behind the first `from` characters. */
export async function saysSoon(agent: AgentProcess, words: RegExp, from = 0): Promise<void> {
  await until(`the words ${words}`, () => words.test(agent.stdout.slice(from)));
}

/** Settles once live readings come, and all that waited before them has come. */
export async function caughtUp({ witness, readings }: OutboxScene, within?: number): Promise<void> {
  const from = readings().length;
  let seen = 0;
  const waiting = new Set<number>();
  let highest = 0;
  await witness.until(
    'all that waited',
    () => {
      const all = readings();
      for (const { seq } of all.slice(seen)) {
        for (let missing = highest + 1; missing < seq; missing += 1) waiting.add(missing);
        highest = Math.max(highest, seq);
        waiting.delete(seq);
      }
      seen = all.length;
      return waiting.size === 0 && all.slice(from).some(({ backfill }) => !backfill);
    },
    within,
  );
}

/** Every number from the first to the newest, none for two readings. */
export function expectGapless(readings: readonly Reading[]): void {
  const texts = new Map(readings.map(({ seq, backfill: _, ...rest }) => [seq, JSON.stringify(rest)]));
  for (const { seq, backfill: _, ...rest } of readings) expect(JSON.stringify(rest)).toBe(texts.get(seq));
  const seqs = [...texts.keys()].sort((one, other) => one - other);
  expect(seqs).toEqual(seqs.map((_, index) => index + 1));
}
