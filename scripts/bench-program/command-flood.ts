import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import mqtt from 'mqtt';

/** The place and the target of a flood. */
export interface FloodSetup {
  readonly url: string;
  /** Topic prefix and gateway: `fieldward/bench`. */
  readonly root: string;
  readonly devices: readonly string[];
  /** Point of each device that may be read. */
  readonly point: string;
  /** An id of `commands.signing.keys`. */
  readonly keyId: string;
  readonly perS: number;
  readonly seconds: number;
  readonly signal?: AbortSignal;
}

export interface Flooded {
  readonly sent: number;
  readonly perS: number;
}

/** Milliseconds between two portions of a flood. */
const PORTION = 20;

const header = (keyId: string) => JSON.stringify({ alg: 'EdDSA', kid: keyId, typ: 'fieldward-command+jws' });

interface Message {
  readonly topic: string;
  readonly payload: string;
}

/** One message of the mix: in turn a read, an unknown command, an expired read, a signature that fits nothing, a copy. */
export function floodMessage(setup: FloodSetup, index: number, wall: number): Message {
  const { root, devices, point, keyId } = setup;
  const turn = Math.floor(index / 5);
  const device = devices[turn % devices.length] ?? '';
  const read = `${root}/${device}/command/read`;
  const request = (id: string, validMs: number) => ({
    id,
    expiresAt: new Date(wall + validMs).toISOString(),
    args: { points: [point] },
  });
  const text = (id: string, validMs: number) => JSON.stringify(request(id, validMs));
  switch (index % 5) {
    case 0:
      return { topic: read, payload: text(`flood-${turn}`, 10_000) };
    case 1:
      return { topic: `${root}/${device}/command/fire`, payload: text(`flood-u${turn}`, 10_000) };
    case 2:
      return { topic: read, payload: text(`flood-e${turn}`, -1000) };
    case 3: {
      const claims = { ...request(`flood-s${turn}`, 10_000), gateway: root.split('/').at(-1), device, command: 'read' };
      const parts = [header(keyId), JSON.stringify(claims), randomBytes(64)].map((part) =>
        Buffer.from(part).toString('base64url'),
      );
      return { topic: read, payload: parts.join('.') };
    }
    default:
      return { topic: read, payload: text(`flood-${turn}`, 10_000) };
  }
}

/** Publishes the mix at that rate, QoS 1. Settles when all of it is with the broker. */
export async function flood(setup: FloodSetup): Promise<Flooded> {
  const client = await mqtt.connectAsync(setup.url, { protocolVersion: 5, reconnectPeriod: 0 });
  const beganAt = performance.now();
  const under: Promise<unknown>[] = [];
  let sent = 0;
  try {
    for (let passed = 0; passed < setup.seconds * 1000; passed = performance.now() - beganAt) {
      for (const due = (passed / 1000) * setup.perS; sent < due; sent += 1) {
        const { topic, payload } = floodMessage(setup, sent, Date.now());
        under.push(client.publishAsync(topic, payload, { qos: 1 }));
      }
      await Promise.all(under.splice(0, Math.max(0, under.length - setup.perS)));
      await wait(PORTION, undefined, { signal: setup.signal });
    }
    await Promise.all(under);
    return { sent, perS: sent / ((performance.now() - beganAt) / 1000) };
  } finally {
    await client.endAsync(true);
  }
}
