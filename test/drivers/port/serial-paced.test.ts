import { fstatSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PacedWriter, Pacer } from '../../../drivers/contract/port.ts';
import { createPort } from '../../../drivers/port/create.ts';
import { openPty, type Pty } from '../../../scripts/sim/pty.ts';
import { NEVER, Recorder } from './port-contract.ts';

const LINE = { baudRate: 19_200, dataBits: 8, parity: 'none', stopBits: 1 } as const;

/** Gives one writer out and remembers what became of it. */
class Giver implements Pacer {
  readonly events: string[] = [];
  descriptor = -1;
  ready = true;
  fail: (code: string) => void = () => undefined;

  claim(descriptor: number, failed: (code: string) => void): PacedWriter {
    this.events.push('claimed');
    this.descriptor = descriptor;
    this.fail = failed;
    const isReady = () => this.ready;
    return {
      get ready() {
        return isReady();
      },
      sentAt: undefined,
      send: () => undefined,
      cancel: () => false,
      release: () => {
        // while it may still be written to, the descriptor must be open
        this.events.push(isOpen(descriptor) ? 'released' : 'released too late');
      },
    };
  }
}

function isOpen(descriptor: number): boolean {
  try {
    fstatSync(descriptor);
    return true;
  } catch {
    return false;
  }
}

describe('a serial port with a pacer', () => {
  let pty: Pty;
  beforeEach(async () => {
    pty = await openPty({});
  });
  afterEach(() => pty.close());

  async function opened(giver: Giver) {
    const port = createPort({ path: pty.path, ...LINE }, (work) => work, giver);
    const recorder = new Recorder();
    expect(port.paced).toBeUndefined();
    await port.open(recorder, NEVER);
    return { port, recorder };
  }

  it('has a writer while it is open and the writer is ready, and releases it before the descriptor closes', async () => {
    const giver = new Giver();
    const { port } = await opened(giver);
    expect(port.paced).toBeDefined();
    giver.ready = false;
    expect(port.paced).toBeUndefined();
    giver.ready = true;
    await port.close();
    expect(port.paced).toBeUndefined();
    expect(giver.events[0]).toBe('claimed');
    expect(giver.events).not.toContain('released too late');
    expect(giver.events).toContain('released');
  });

  it.each([
    ['EAGAIN', 'port/write'],
    ['EIO', 'port/lost'],
    ['ENOSPC', 'port/failed'],
  ])('is lost when a paced write fails with %s', async (error, code) => {
    const giver = new Giver();
    const { port, recorder } = await opened(giver);
    giver.fail(error);
    giver.fail(error);
    expect(recorder.losses.map((fault) => fault.code)).toEqual([code]);
    expect(port.paced).toBeUndefined();
    expect(giver.events).toContain('released');
    await port.close();
    expect(giver.events).not.toContain('released too late');
  });

  it('goes on without one where none is to be had', async () => {
    const port = createPort({ path: pty.path, ...LINE }, (work) => work, { claim: () => undefined });
    let received = 0;
    pty.onBytes((chunk) => {
      received += chunk.length;
    });
    await port.open(new Recorder(), NEVER);
    expect(port.paced).toBeUndefined();
    await port.write(Uint8Array.of(1, 2, 3), NEVER);
    await vi.waitUntil(() => received === 3);
    await port.close();
  });
});
