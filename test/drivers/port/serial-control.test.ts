import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Port } from '../../../drivers/contract/port.ts';
import { createPort } from '../../../drivers/port/create.ts';
import { openPty, type Pty } from '../../../scripts/sim/pty.ts';
import { NEVER, Recorder } from './port-contract.ts';

describe('the control of a serial line', () => {
  let pty: Pty;
  let port: Port;
  beforeEach(async () => {
    pty = await openPty();
    port = createPort({ path: pty.path, baudRate: 300, dataBits: 8, parity: 'none', stopBits: 1 }, (work) => work);
  });
  afterEach(async () => {
    await port.close();
    await pty.close();
  });

  it('is there while the port is open, and only then', async () => {
    expect(port.control).toBeUndefined();
    await port.open(new Recorder(), NEVER);
    const { control } = port;
    expect(control).toBeDefined();
    await port.close();
    expect(port.control).toBeUndefined();
    await expect(control?.setBaudRate(9600, NEVER)).rejects.toMatchObject({ code: 'port/not-open' });
    await expect(control?.setBreak(true, NEVER)).rejects.toMatchObject({ code: 'port/not-open' });
  });

  it('changes the speed of the open port and back, and the port goes on', async () => {
    const heard = new Recorder();
    await port.open(heard, NEVER);
    await port.control?.setBaudRate(9600, NEVER);
    await port.write(Uint8Array.of(1, 2), NEVER);
    await port.control?.setBaudRate(300, NEVER);
    expect(port.isOpen).toBe(true);
    expect(heard.losses).toEqual([]);
  });

  it('refuses what the port can not do, which loses nothing: a pseudo terminal has no break', async () => {
    await port.open(new Recorder(), NEVER);
    await expect(port.control?.setBreak(true, NEVER)).rejects.toMatchObject({ code: 'port/unsupported' });
    await port.write(Uint8Array.of(1), NEVER);
    expect(port.isOpen).toBe(true);
  });

  it('does one thing at a time', async () => {
    await port.open(new Recorder(), NEVER);
    const first = port.control?.setBaudRate(9600, NEVER);
    await expect(port.control?.setBaudRate(19_200, NEVER)).rejects.toMatchObject({ code: 'port/write' });
    await expect(port.write(Uint8Array.of(1), NEVER)).rejects.toMatchObject({ code: 'port/write' });
    await first;
    await expect(port.control?.setBaudRate(300, AbortSignal.abort())).rejects.toMatchObject({ code: 'port/write' });
  });
});

it('there is none over a network', () => {
  expect(createPort({ host: '127.0.0.1', tcpPort: 4001 }, (work) => work).control).toBeUndefined();
});
