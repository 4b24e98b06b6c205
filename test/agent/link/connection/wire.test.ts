import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { InboundGate } from '../../../../agent/link/connection/inbound-gate.ts';
import { Wire } from '../../../../agent/link/connection/wire.ts';

/** A wire on a real socket, and the other end of it. */
async function pair(): Promise<{ readonly wire: Wire; readonly broker: Socket }> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('no port');
  const accepted = once(server, 'connection');
  const socket = connect(address.port, '127.0.0.1');
  const [broker] = (await accepted) as [Socket];
  onTestFinished(() => {
    broker.destroy();
    socket.destroy();
    server.close();
  });
  return { wire: new Wire(socket, new InboundGate(100, 5)), broker };
}

/** PINGRESP. */
const PONG = Buffer.from([0xd0, 0]);

test('what comes in is handed on', async () => {
  const { wire, broker } = await pair();
  const heard = once(wire, 'data');
  broker.write(PONG);
  expect(Buffer.concat((await heard) as Buffer[])).toEqual(PONG);
});

test('what hears the wire and throws ends the wire, and not the process', async () => {
  const { wire, broker } = await pair();
  wire.on('data', () => {
    throw new TypeError('secret');
  });
  const closed = once(wire, 'close');
  broker.write(PONG);
  await closed;
  expect(wire.fault?.code).toBe('internal/unexpected');
});

test('packets of one turn leave as one piece, in the order in which they were sent', async () => {
  const { wire, broker } = await pair();
  const heard = once(broker, 'data');
  wire.send(Buffer.from([1]));
  wire.write(Buffer.from([2]));
  wire.send(Buffer.from([3]));
  expect(wire.backlog).toBe(3);
  expect(await heard).toEqual([Buffer.from([1, 2, 3])]);
});

test('a packet that is sent after the end goes nowhere and raises nothing', async () => {
  const { wire, broker } = await pair();
  const errors: unknown[] = [];
  wire.on('error', (error) => errors.push(error));
  const ended = once(broker, 'end');
  broker.resume();
  wire.end();
  wire.send(PONG);
  await ended;
  expect(errors).toEqual([]);
});
