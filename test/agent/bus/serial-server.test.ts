import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Bus } from '../../../agent/bus/bus.ts';
import { PolledDevice } from '../../../agent/device/polled-device.ts';
import { silentLog } from '../../../agent/log/log.ts';
import type { PollDevice } from '../../../drivers/contract/driver.ts';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import type { Port } from '../../../drivers/contract/port.ts';
import { createPort } from '../../../drivers/port/create.ts';
import { dialogue } from '../../support/exchange.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';

const HOST = '127.0.0.1';
const STEP = 20;
const never = new AbortController().signal;

interface Manners {
  readonly deafFor?: number;
  readonly hangsUp: 'after each answer' | number;
}

/** The bytes on their way between the two ends: time stands still until all of them have arrived. */
class Network {
  opening = 0;
  readonly toServer = { sent: 0, come: 0 };
  readonly toPort = { sent: 0, come: 0 };
  readonly ends = { sent: 0, come: 0 };

  get isQuiet(): boolean {
    return this.opening === 0 && [this.toServer, this.toPort, this.ends].every(({ sent, come }) => sent === come);
  }

  port(tcpPort: number): Port {
    const port = createPort({ host: HOST, tcpPort }, (work) => work);
    return {
      get isOpen() {
        return port.isOpen;
      },
      open: async (listener, signal) => {
        this.opening += 1;
        try {
          await port.open(
            {
              bytes: (chunk) => {
                this.toPort.come += chunk.length;
                listener.bytes(chunk);
              },
              lost: (fault) => {
                this.ends.come += 1;
                listener.lost(fault);
              },
            },
            signal,
          );
        } finally {
          this.opening -= 1;
        }
      },
      write: async (bytes, signal) => {
        this.toServer.sent += bytes.length;
        await port.write(bytes, signal);
      },
      close: () => port.close(),
      isPresent: () => port.isPresent(),
    };
  }
}

/** A serial server with one device, on a network of this machine and a time of ours. */
async function serverOn(clock: FakeClock, network: Network, { deafFor = 0, hangsUp }: Manners) {
  const sockets = new Set<Socket>();
  let connections = 0;
  let most = 0;
  let usedAt = clock.now();
  const end = (socket: Socket) => {
    network.ends.sent += 1;
    sockets.delete(socket);
    socket.end();
  };
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket.on('error', () => {}));
    most = Math.max(most, sockets.size);
    const since = clock.now();
    usedAt = since;
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (request) => {
      network.toServer.come += request.length;
      usedAt = clock.now();
      if (clock.now() - since < deafFor) return;
      network.toPort.sent += 2;
      socket.write(Uint8Array.of(request[0] ?? 0, 7), () => {
        if (hangsUp === 'after each answer') end(socket);
      });
    });
  }).listen(0, HOST);
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await once(server, 'listening');
  return {
    tcpPort: (server.address() as AddressInfo).port,
    connections: () => connections,
    most: () => most,
    look() {
      if (typeof hangsUp !== 'number' || clock.now() - usedAt < hangsUp) return;
      for (const socket of sockets) end(socket);
    },
  };
}

/** 200 s of a device behind such a server. */
async function run(manners: Manners, pollMs: number, settleMs: number) {
  const clock = new FakeClock();
  const network = new Network();
  const server = await serverOn(clock, network, manners);
  const told: string[] = [];
  let values = 0;
  const bus = new Bus({
    ...{ id: 'a', timing: { baudRate: 0, characterMs: 0 }, echo: false, gap: milliseconds(0), maxQueue: 16 },
    ...{ maxWait: milliseconds(2000), maxRun: milliseconds(5000), commandBurst: 4, random: () => 0 },
    ...{ reopenMin: milliseconds(500), reopenMax: milliseconds(30_000), clock, log: silentLog },
    ...{ settle: milliseconds(settleMs), createPort: () => network.port(server.tcpPort) },
  });
  const device: PollDevice = {
    kind: 'poll',
    points: [{ name: 'value', type: 'number', writable: false }],
    plan: () => [dialogue(1, 1, ['value'], { quietBefore: undefined })],
    write: () => [],
  };
  const events = {
    samples: () => {
      values += 1;
    },
    failed: (_: string, { code }: { code: string }) => void told.push(code),
    availability: (_: string, online: boolean) => void told.push(online ? 'online' : 'offline'),
  };
  bus.add(
    new PolledDevice({
      ...{ id: 'meter', bus: 'a', device, line: bus, clock, events, pollMs, staleAfterMs: 60_000, allow: [] },
      health: { offlineAfter: 3, probeMin: 1000, probeMax: 30_000 },
      timeouts: { minTimeoutMs: 100 },
    }),
  );
  const arrived = async () => {
    do await settle();
    while (!network.isQuiet);
  };
  await bus.start();
  await arrived();
  for (let time = 0; time < 200_000; time += STEP) {
    await clock.advance(STEP);
    await arrived();
    server.look();
    await arrived();
  }
  const snapshot = bus.snapshot();
  await bus.stop(never);
  return { values, told, snapshot, connections: server.connections(), most: server.most() };
}

describe('a serial server that hangs up in order', () => {
  it.each([
    ['after 10 s of idleness', { hangsUp: 10_000 }, 15_000, 0, 13],
    ['after every answer', { hangsUp: 'after each answer' }, 1000, 0, 199],
    ['after every answer, deaf for 1 s', { hangsUp: 'after each answer', deafFor: 1000 }, 2000, 1100, 99],
    ['after 10 s of idleness, deaf for 1 s', { hangsUp: 10_000, deafFor: 1000 }, 15_000, 1100, 13],
  ] as const)('%s costs no value and no change of availability', async (_, manners, pollMs, settleMs, least) => {
    const { values, told, snapshot, connections, most } = await run(manners, pollMs, settleMs);
    expect(values).toBeGreaterThanOrEqual(least);
    expect(told).toEqual(['online']);
    expect(snapshot).toMatchObject({ open: true, fault: null, timeouts: 0, reopens: 0 });
    expect(snapshot.orderlyCloses).toBeGreaterThanOrEqual(least);
    expect(connections).toBeGreaterThanOrEqual(least);
    expect(most).toBe(1);
  });
});
