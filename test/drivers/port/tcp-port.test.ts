import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { createPort } from '../../../drivers/port/create.ts';
import { counting, ENDLESS, type FarEnd, NEVER, portContract, Recorder } from './port-contract.ts';

const HOST = '127.0.0.1';

/** A stopped process whose queue of connections is full: Linux drops what asks for another, as a dead host would. */
async function mute(): Promise<{ readonly tcpPort: number; end(): void }> {
  const listen = `const s = require('node:net').createServer().listen(0, '${HOST}', 1, () => console.log(s.address().port))`;
  const server = spawn(process.execPath, ['-e', listen], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [told] = await once(server.stdout, 'data');
  server.kill('SIGSTOP');
  const tcpPort = Number(told);
  const first = [connect(tcpPort, HOST), connect(tcpPort, HOST)];
  await Promise.all(first.map((socket) => once(socket, 'connect')));
  return {
    tcpPort,
    end() {
      for (const socket of first) socket.destroy();
      server.kill('SIGKILL');
    },
  };
}

/** A serial server for one line, that takes one connection after the other. */
async function serialServer(): Promise<FarEnd & { readonly tcpPort: number; sockets: Socket[] }> {
  const received: Buffer[] = [];
  const sockets: Socket[] = [];
  let frozen = false;
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk) => received.push(chunk));
    if (frozen) socket.pause();
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  const { port: tcpPort } = server.address() as AddressInfo;
  return {
    tcpPort,
    sockets,
    port: () => createPort({ host: HOST, tcpPort }, (work) => work),
    async write(bytes) {
      await vi.waitFor(() => expect(sockets.length).toBeGreaterThan(0));
      await new Promise((resolve) => sockets.at(-1)?.write(bytes, resolve));
    },
    received: () => Buffer.concat(received),
    freeze() {
      frozen = true;
      for (const socket of sockets) socket.pause();
    },
    thaw() {
      frozen = false;
      for (const socket of sockets) socket.resume();
    },
    async unplug() {
      await vi.waitFor(() => expect(sockets.length).toBeGreaterThan(0));
      for (const socket of sockets) socket.resetAndDestroy();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

portContract('a serial server', serialServer);

describe('a serial server', () => {
  it('is lost once when it ends the connection in good order', async () => {
    const far = await serialServer();
    const heard = new Recorder();
    const port = far.port();
    await port.open(heard, NEVER);
    await vi.waitFor(() => expect(far.sockets).toHaveLength(1));
    far.sockets[0]?.end('last words');
    await vi.waitFor(() => expect(heard.losses.map((fault) => fault.code)).toEqual(['port/ended']));
    expect(heard.all().toString()).toBe('last words');
    expect(port.isOpen).toBe(false);
    await port.close();
    await far.close();
  });

  it('is lost at once when it ends the connection while a write waits', async () => {
    const far = await serialServer();
    const heard = new Recorder();
    const port = far.port();
    far.freeze();
    await port.open(heard, NEVER);
    await vi.waitFor(() => expect(far.sockets).toHaveLength(1));
    const write = expect(port.write(counting(ENDLESS), NEVER)).rejects.toMatchObject({ code: 'port/ended' });
    far.sockets[0]?.end();
    await write;
    expect(heard.losses.map((fault) => fault.code)).toEqual(['port/ended']);
    await port.close();
    await far.close();
  });

  it.each([
    ['as its goodbye crosses with a request, where it answered before', true, true, 'port/ended'],
    ['in place of its first answer', false, true, 'port/lost'],
    ['while nothing is asked', true, false, 'port/lost'],
  ])('that resets the connection %s', async (_, answered, asked, code) => {
    const far = await serialServer();
    const heard = new Recorder();
    const port = far.port();
    await port.open(heard, NEVER);
    await vi.waitFor(() => expect(far.sockets).toHaveLength(1));
    await port.write(Buffer.from('first'), NEVER);
    await vi.waitFor(() => expect(far.received().toString()).toBe('first'));
    if (answered) {
      far.sockets[0]?.write('answer');
      await vi.waitFor(() => expect(heard.all().toString()).toBe('answer'));
    }
    if (answered && asked) {
      await port.write(Buffer.from('second'), NEVER);
      await vi.waitFor(() => expect(far.received().toString()).toBe('firstsecond'));
    }
    far.sockets[0]?.resetAndDestroy();
    await vi.waitFor(() => expect(heard.losses.map((fault) => fault.code)).toEqual([code]));
    await port.close();
    await far.close();
  });

  it('is not even asked when the signal came before the open', async () => {
    const far = await serialServer();
    await expect(far.port().open(new Recorder(), AbortSignal.abort())).rejects.toMatchObject({
      code: 'port/open-timeout',
    });
    const port = far.port();
    await port.open(new Recorder(), NEVER);
    await port.write(Buffer.from('x'), NEVER);
    await vi.waitFor(() => expect(far.received().toString()).toBe('x'));
    expect(far.sockets).toHaveLength(1);
    await port.close();
    await far.close();
  });

  it('is unreachable when nobody listens or its name leads nowhere', async () => {
    const far = await serialServer();
    await far.close();
    await expect(far.port().open(new Recorder(), NEVER)).rejects.toMatchObject({ code: 'port/unreachable' });
    const nowhere = createPort({ host: 'gateway.invalid', tcpPort: 4001 }, (work) => work);
    await expect(nowhere.open(new Recorder(), NEVER)).rejects.toMatchObject({ code: 'port/unreachable' });
  });

  it('that does not answer is given up when the signal comes', async () => {
    const { tcpPort, end } = await mute();
    try {
      const port = createPort({ host: HOST, tcpPort }, (work) => work);
      const stop = new AbortController();
      const opening = port.open(new Recorder(), stop.signal);
      setTimeout(() => stop.abort(), 20);
      await expect(opening).rejects.toMatchObject({ code: 'port/open-timeout' });
      expect(port.isOpen).toBe(false);
      await port.close();
    } finally {
      end();
    }
  });
});
