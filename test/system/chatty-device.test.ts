import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { openPty, type Pty } from '../../scripts/sim/pty.ts';
import {
  type AgentProcess,
  brokerFor,
  rigBus,
  rigDevice,
  rigFor,
  runAgent,
  temporaryFolder,
  whileFrozen,
} from '../support/agent-process.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { type Witness, witnessOf } from '../support/witness.ts';

/** So many readings of the meter are awaited. */
const READINGS = 40;
const OUTBOX_BYTES = 2_097_152;
/** So many lines of the flood would fill the outbox. */
const LINES = 12_000;

/** Counts up on the line, so many bytes a second, until it is told to stop. */
function chatter(pty: Pty, bytesPerS: number) {
  let newest = 0;
  let stopped = false;
  const done = (async () => {
    const start = performance.now();
    for (let sent = 0; !stopped; await wait(10)) {
      let text = '';
      const due = ((performance.now() - start) / 1000) * bytesPerS;
      while (sent + text.length < due && text.length < bytesPerS) {
        newest += 1;
        text += `${newest}\n`;
      }
      sent += text.length;
      if (text !== '') await pty.write(Buffer.from(text));
    }
    return newest;
  })();
  onTestFinished(() => {
    stopped = true;
  });
  return {
    get lines() {
      return newest;
    },
    /** @returns the last number that was sent */
    stop: () => {
      stopped = true;
      return done;
    },
  };
}

async function plant(brokerUrl: string, outbox: object) {
  const rig = await rigFor({ baud: 115_200, units: '1' });
  const link = join(await temporaryFolder(), 'port');
  const pty = await openPty({ link });
  onTestFinished(() => pty.close());
  const scale = { id: 'scale', driver: 'lines', options: { template: '{weight:integer}' } };
  const agent = await runAgent({
    gateway: 'system',
    mqtt: { url: brokerUrl, reconnectMinMs: 100, reconnectMaxMs: 1000 },
    outbox: { maxBytes: OUTBOX_BYTES, ...outbox },
    buses: [
      rigBus('quiet', rig.links[0] ?? '', [rigDevice(1, { pollMs: 150 })]),
      rigBus('chatty', link, [scale], { baudRate: 921_600 }),
    ],
  });
  const answers = async () => (await rig.summary()).lines[0]?.responses ?? 0;
  return { agent, pty, answers };
}

/**
 * Waits for every answer of the meter, by the number that the line counts them with. Waiting and live readings go
 * beside each other, so the order is that of `seq`.
 */
async function hearsAll(witness: Witness, answers: number): Promise<void> {
  const counters = await witness.until('every reading of the meter', () => {
    const readings = witness.readings('unit-1').toSorted((one, other) => one.seq - other.seq);
    const found = readings.map(({ values }) => Number(values?.counter));
    const isWhole = found.every((counter, index) => index === 0 || counter === (found[index - 1] ?? 0) + 1);
    // the first answer may have come before there was an outbox
    return isWhole && found.length >= answers - 1 && found;
  });
  expect(counters.length).toBeGreaterThanOrEqual(READINGS);
}

const thinnedOf = (witness: Witness) => witness.status()?.devices.scale?.thinned ?? 0;

async function hearsTheNewest(witness: Witness, newest: number): Promise<void> {
  await witness.until('the newest value', () => witness.latest('scale/readings')?.includes(`"weight":${newest}}`));
}

/** Until the meter has answered often enough and the flood would have filled the outbox. */
async function flooded(answers: () => Promise<number>, chat: { readonly lines: number }, agent: AgentProcess) {
  const ended = agent.ended.then(() => true);
  while ((await answers()) < READINGS || chat.lines < LINES) {
    if (await Promise.race([ended, wait(100).then(() => false)])) throw new Error('the agent has ended');
  }
}

it.each([
  ['in memory', async () => ({})],
  ['on disk', async () => ({ directory: join(await temporaryFolder(), 'outbox') })],
])(
  'keeps every reading of the others while there is no broker and one device floods its line, %s',
  async (_, outbox) => {
    const broker = await brokerFor();
    await broker.kill();
    const { agent, pty, answers } = await plant(broker.url, await outbox());
    const chat = chatter(pty, 11_000);
    await flooded(answers, chat, agent);
    const newest = await chat.stop();
    const answered = await answers();
    const witness = await whileFrozen(agent, async () => {
      await broker.start();
      return witnessOf(broker.url, 'fieldward/system');
    });
    await hearsTheNewest(witness, newest);
    await hearsAll(witness, answered);
    await witness.until('the status', () => thinnedOf(witness) > 0);
    expect(witness.status()?.outbox.dropped).toBe(0);
    expect(await agent.stop()).toEqual({ code: 0, signal: null });
  },
  2 * PATIENCE_MS,
);

it(
  'sends every reading of the others while one device floods its line beside the broker',
  async () => {
    const broker = await brokerFor();
    const witness = await witnessOf(broker.url, 'fieldward/system');
    const { agent, pty, answers } = await plant(broker.url, {});
    await witness.until('the meter', () => witness.readings('unit-1').length > 0);
    const chat = chatter(pty, 40_000);
    await flooded(answers, chat, agent);
    const newest = await chat.stop();
    const answered = await answers();
    await hearsTheNewest(witness, newest);
    await hearsAll(witness, answered);
    expect(await agent.stop()).toEqual({ code: 0, signal: null });
  },
  2 * PATIENCE_MS,
);
