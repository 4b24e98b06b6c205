import { describe, expect, it } from 'vitest';
import { FakePort } from '../../support/fake-port.ts';
import { type FarEnd, NEVER, portContract, Recorder } from './port-contract.ts';

function memoryLine(): FarEnd {
  const ports: FakePort[] = [];
  let frozen = false;
  return {
    port() {
      const port = new FakePort({ writing: () => (frozen ? new Promise(() => {}) : undefined) });
      ports.push(port);
      return port;
    },
    async write(bytes) {
      for (let from = 0; from < bytes.length; from += 4096) {
        ports.at(-1)?.feed(bytes.subarray(from, from + 4096));
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    received: () => Buffer.concat(ports.flatMap((port) => port.written)),
    freeze() {
      frozen = true;
    },
    thaw() {
      frozen = false;
    },
    async unplug() {
      for (const port of ports) port.unplug();
    },
    async close() {},
  };
}

portContract('the port in memory', async () => memoryLine());

describe('the port in memory', () => {
  it('cuts what it feeds where it is told', async () => {
    const port = new FakePort();
    const heard = new Recorder();
    await port.open(heard, NEVER);
    port.feed(Buffer.from('abcdef'), 1, 4);
    expect(heard.chunks.map(String)).toEqual(['a', 'bcd', 'ef']);
  });

  it('refuses an open or a write as its hooks say', async () => {
    const closed = new FakePort({ opening: () => 'port/busy' });
    await expect(closed.open(new Recorder(), NEVER)).rejects.toMatchObject({ code: 'port/busy' });
    const broken = new FakePort({ writing: () => 'port/failed' });
    const heard = new Recorder();
    await broken.open(heard, NEVER);
    await expect(broken.write(Buffer.from('x'), NEVER)).rejects.toMatchObject({ code: 'port/failed' });
    expect(heard.losses).toHaveLength(1);
    expect(broken.written).toEqual([]);
  });

  it('does not let a listener write in the middle of its call', async () => {
    const port = new FakePort();
    let write: Promise<void> | undefined;
    const listener = new Recorder();
    listener.bytes = () => {
      write = port.write(Buffer.from('x'), NEVER);
    };
    await port.open(listener, NEVER);
    port.feed(Buffer.from('?'));
    await expect(write).rejects.toThrow('inside a call');
  });
});
