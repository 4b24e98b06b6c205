import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { crc16 } from '../../drivers/framing/crc16.ts';
import { brokerFor, rigDevice, runAgent } from '../support/agent-process.ts';
import { witnessOf } from '../support/witness.ts';

const COUNTER = 7;
const MARK = 257;

/** The answer of the one device behind the server to every question: two registers. */
function answer(): Buffer {
  const frame = Buffer.from([1, 3, 4, 0, COUNTER, MARK >> 8, MARK & 0xff, 0, 0]);
  frame.writeUInt16LE(crc16(frame.subarray(0, 7)), 7);
  return frame;
}

/** The behaviour of the server, and the fault that the status is to tell of it; `undefined`: none. */
const MANNERS: Readonly<Record<string, readonly [behave: (socket: Socket) => void, fault: string | undefined]>> = {
  'closes in the middle of a frame': [(socket) => void socket.end(answer().subarray(0, 4)), 'port/lost'],
  'resets in the middle of a frame': [
    (socket) => socket.write(answer().subarray(0, 4), () => socket.resetAndDestroy()),
    'port/lost',
  ],
  'sends megabytes instead of an answer': [
    (socket) => {
      for (let sent = 0; sent < 300; sent += 1) socket.write(Buffer.alloc(65_536, 0x55));
    },
    'bus/flooded',
  ],
  'sends a frame in two parts': [
    (socket) => {
      socket.write(answer().subarray(0, 4));
      setTimeout(() => socket.write(answer().subarray(4)), 20);
    },
    undefined,
  ],
};

it.each(Object.entries(MANNERS))('bears a serial server that %s, by MQTT 3.1.1', async (_, [behave, fault]) => {
  const sockets = new Set<Socket>();
  let good = false;
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    socket.on('data', () => (good ? socket.write(answer()) : behave(socket)));
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await once(server, 'listening');
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, 'fieldward/system');
  const { port: tcpPort } = server.address() as AddressInfo;
  const agent = await runAgent({
    gateway: 'system',
    mqtt: { url: broker.url, protocolVersion: 4 },
    buses: [
      {
        id: 'far',
        port: { host: '127.0.0.1', tcpPort, reopenMinMs: 100, reopenMaxMs: 500 },
        devices: [rigDevice(1, { options: { unit: 1, timeoutMs: 200, lateMs: 200 } })],
      },
    ],
  });
  if (fault !== undefined) {
    await witness.until(fault, () => witness.readings('unit-1').some((each) => each.fault === fault));
    await witness.until('offline', () => witness.latest('unit-1/availability') === 'offline');
    expect(witness.readings('unit-1').filter((each) => each.values !== undefined)).toEqual([]);
  }
  good = fault !== undefined;
  await witness.until('readings', () => witness.readings('unit-1').filter((each) => each.values).length > 10);
  expect(witness.latest('unit-1/availability')).toBe('online');
  for (const { values } of witness.readings('unit-1')) {
    if (values !== undefined) expect(values).toEqual({ counter: COUNTER, mark: MARK });
  }
  expect(await agent.stop()).toEqual({ code: 0, signal: null });
});
