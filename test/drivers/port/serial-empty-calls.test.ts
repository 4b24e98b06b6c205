import type * as Fs from 'node:fs';
import { expect, it, vi } from 'vitest';
import type { Fault } from '../../../drivers/contract/fault.ts';
import { createPort } from '../../../drivers/port/create.ts';
import { openPty } from '../../../scripts/sim/pty.ts';
import { NEVER } from './port-contract.ts';

const reads = vi.hoisted(() => ({ refused: 0, traced: 0, isBroken: false }));
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof Fs>();
  const readSync = (...args: Parameters<typeof fs.readSync>) => {
    if (!reads.isBroken) return fs.readSync(...args);
    reads.refused += 1;
    if (Error.stackTraceLimit !== undefined) reads.traced += 1;
    throw Object.assign(new Error(), { code: 'EAGAIN' });
  };
  return { ...fs, readSync };
});

it('a serial port that calls again and again without a byte is given up: it would keep the processor busy for nothing', async () => {
  const pty = await openPty();
  const port = createPort(
    { path: pty.path, baudRate: 19_200, dataBits: 8, parity: 'none', stopBits: 1 },
    (work) => work,
  );
  try {
    const lost = new Promise<Fault>((resolve) => void port.open({ bytes: () => undefined, lost: resolve }, NEVER));
    await vi.waitUntil(() => port.isOpen);
    const { stackTraceLimit } = Error;
    reads.isBroken = true;
    await pty.write(Uint8Array.of(1));
    expect((await lost).code).toBe('port/failed');
    expect(reads.refused).toBe(10_001);
    // nobody reads where a look found nothing, and to find that out costs more than the look
    expect(reads.traced).toBe(0);
    expect(Error.stackTraceLimit).toBe(stackTraceLimit);
  } finally {
    reads.isBroken = false;
    await port.close();
    await pty.close();
  }
});
