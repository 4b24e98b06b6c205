import { setTimeout as wait } from 'node:timers/promises';
import mqtt from 'mqtt';
import type { Transaction } from '../testbed/rig.ts';

/** A command that was published, one at a time. */
export interface Sent {
  readonly kind: 'read' | 'write';
  readonly unit: number;
  /** CLOCK_MONOTONIC, nanoseconds: just before it was handed to the client. */
  readonly publishedNs: bigint;
  readonly repliedNs: bigint;
  readonly outcome: string;
}

export interface CommanderSetup {
  readonly url: string;
  readonly root: string;
  readonly units: readonly number[];
  readonly deviceOf: (unit: number) => string;
  readonly seconds: number;
  readonly signal: AbortSignal;
}

/** The register that commands read or write, alone: polls ask for all of them at once. */
export const COMMANDED = 9;

/** The value that the rig serves there anyway, so that a reading that holds it is no wrong one. */
export const written = (unit: number) => (unit << 8) | COMMANDED;

const REPLY_WITHIN = 5000;
/** Milliseconds between a reply and the next command: under the agent's rate limit, and never in step with the polls. */
const PAUSE = { least: 40, more: 60 } as const;

/** Reads and writes in turn, each once the one before was answered. */
export async function command(setup: CommanderSetup): Promise<readonly Sent[]> {
  const { url, root, units, deviceOf, seconds, signal } = setup;
  const client = await mqtt.connectAsync(url, { protocolVersion: 5, reconnectPeriod: 0 });
  const waiting = new Map<string, (reply: { outcome: string; atNs: bigint }) => void>();
  client.on('message', (_, payload) => {
    const atNs = process.hrtime.bigint();
    const { id, outcome } = JSON.parse(payload.toString()) as { id: string; outcome: string };
    waiting.get(id)?.({ outcome, atNs });
  });
  const sent: Sent[] = [];
  try {
    await client.subscribeAsync(`${root}/+/command/+/reply`, { qos: 0 });
    const endsAt = performance.now() + seconds * 1000;
    for (let turn = 0; performance.now() < endsAt; turn += 1) {
      const unit = units[Math.floor(turn / 2) % units.length] ?? 1;
      const kind = turn % 2 === 0 ? 'read' : 'write';
      const id = `bench-command-${turn}`;
      const args = kind === 'read' ? { points: [`r${COMMANDED}`] } : { [`r${COMMANDED}`]: written(unit) };
      const payload = JSON.stringify({ id, expiresAt: new Date(Date.now() + REPLY_WITHIN).toISOString(), args });
      const reply = new Promise<{ outcome: string; atNs: bigint }>((resolve) => waiting.set(id, resolve));
      const publishedNs = process.hrtime.bigint();
      client.publish(`${root}/${deviceOf(unit)}/command/${kind}`, payload, { qos: 1 });
      const late = wait(REPLY_WITHIN, undefined, { ref: false }).then(() => ({ outcome: 'none', atNs: 0n }));
      const { outcome, atNs } = await Promise.race([reply, late]);
      waiting.delete(id);
      sent.push({ kind, unit, publishedNs, repliedNs: atNs, outcome });
      await wait(PAUSE.least + Math.random() * PAUSE.more, undefined, { signal });
    }
    return sent;
  } finally {
    await client.endAsync(true);
  }
}

/**
 * Milliseconds from publish to the first byte of the command's request on the wire; sorted. A command that was not
 * carried out has none.
 * @param requestNs how long the request is on the wire: the log has its end
 */
export function latenciesToWire(
  sent: readonly Sent[],
  kind: Sent['kind'],
  transactions: readonly Transaction[],
  requestNs: number,
): readonly number[] {
  const asked = transactions.filter(({ function: code, address, quantity }) =>
    kind === 'read' ? code === 3 && address === COMMANDED && quantity === 1 : code === 6 && address === COMMANDED,
  );
  const latencies = sent
    .filter((each) => each.kind === kind)
    .flatMap(({ unit, publishedNs, repliedNs }) => {
      const first = asked.find(
        (each) => each.unit === unit && each.requestEndNs > publishedNs && each.requestEndNs < repliedNs,
      );
      return first === undefined ? [] : [(Number(first.requestEndNs - publishedNs) - requestNs) / 1e6];
    });
  return latencies.sort((a, b) => a - b);
}
