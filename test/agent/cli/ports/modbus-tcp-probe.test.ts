import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { speaksModbusTcp } from '../../../../agent/cli/ports/modbus-tcp-probe.ts';
import { SystemClock } from '../../../../agent/clock/system-clock.ts';

/** A server on the loopback that does this with what it gets. */
async function serverThat(answers: (request: Buffer, socket: Socket) => void) {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (request) => answers(request, socket));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return {
    host: '127.0.0.1',
    tcpPort: port,
    echo: false,
    reopenMinMs: 500,
    reopenMaxMs: 30_000,
    settleMs: 0,
    idleCloseMs: 0,
    silentReopenMs: 0,
  };
}

const never = new AbortController().signal;
const asked = (settings: Awaited<ReturnType<typeof serverThat>>) =>
  speaksModbusTcp(settings, 7, new SystemClock(), never);

test('a server that answers with the header of Modbus TCP speaks it, in pieces too', async () => {
  const settings = await serverThat((request, socket) => {
    socket.write(Buffer.from([...request.subarray(0, 4), 0, 5, request[6] ?? 0, 3]));
    setImmediate(() => socket.write(Buffer.from([2, 0x12, 0x34])));
  });
  expect(await asked(settings)).toBe(true);
});

test('so does one that refuses, be it for another unit than the first', async () => {
  const settings = await serverThat((request, socket) => {
    if (request[6] === 255) socket.write(Buffer.from([...request.subarray(0, 4), 0, 3, 255, 0x83, 2]));
  });
  expect(await asked(settings)).toBe(true);
});

test.each<[string, (request: Buffer, socket: Socket) => void]>([
  ['returns what is sent', (request, socket) => socket.write(request)],
  ['hangs up', (_, socket) => socket.destroy()],
  [
    'answers to another transaction',
    (request, socket) => socket.write(Buffer.from([0, 1, 0, 0, 0, 3, request[6] ?? 0, 0x83, 2])),
  ],
])('a server that %s does not', async (_, answers) => {
  expect(await asked(await serverThat(answers))).toBe(false);
});

test('nothing is known of a server that is not there, or of a probe that is called off', async () => {
  const settings = await serverThat(() => undefined);
  expect(await speaksModbusTcp(settings, 7, new SystemClock(), AbortSignal.abort())).toBe(false);
  expect(await asked({ ...settings, tcpPort: 1 })).toBe(false);
});
