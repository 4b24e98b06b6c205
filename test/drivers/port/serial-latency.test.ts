import { EventEmitter } from 'node:events';
import { closeSync, constants, openSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Bound } from '../../../drivers/port/bound.ts';
import { createPort } from '../../../drivers/port/create.ts';
import { latencyTimerAt } from '../../../drivers/port/latency.ts';
import type { SerialSettings } from '../../../drivers/port/settings.ts';
import { openPty, type Pty } from '../../../scripts/sim/pty.ts';
import { newFolder } from '../../support/folder.ts';
import { NEVER, Recorder } from './port-contract.ts';

/** Stands in for serialport's binding, and notes the order of what is asked of it. */
class Binding extends EventEmitter {
  readonly fd: number;
  readonly poller = this;
  readonly asked: string[] = [];
  readonly set = vi.fn<(options: object) => Promise<void>>();

  constructor(path: string) {
    super();
    this.fd = openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
    this.set.mockImplementation(async () => void this.asked.push('set'));
  }

  poll(): void {}

  async flush(): Promise<void> {
    this.asked.push('flush');
  }

  async getBaudRate(): Promise<{ baudRate: number }> {
    return { baudRate: 9600 };
  }

  async close(): Promise<void> {
    this.asked.push('close');
    closeSync(this.fd);
  }
}

const library = vi.hoisted(() => ({ open: vi.fn() }));
vi.mock('serialport', () => ({ SerialPort: { binding: { open: library.open } } }));

/** Where the port's device is described, instead of /sys. */
const sysfs = vi.hoisted(() => ({ folder: '' }));
vi.mock('../../../drivers/port/device-node.ts', async (original) => ({
  ...(await original<typeof import('../../../drivers/port/device-node.ts')>()),
  sysfsFolder: () => sysfs.folder,
}));

const LINE = { baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1 } as const;

describe('opening a port on an adapter with a latency timer', () => {
  let pty: Pty;
  let binding: Binding;
  let file: string;
  beforeEach(async () => {
    pty = await openPty();
    binding = new Binding(pty.path);
    library.open.mockReset().mockResolvedValue(binding);
    sysfs.folder = await newFolder();
    file = join(sysfs.folder, 'latency_timer');
    // Nobody may write it, not even root: as /sys is for a service in its sandbox.
    symlinkSync('/proc/sys/kernel/cap_last_cap', file);
  });
  afterEach(() => pty.close());

  async function opened(settings: Partial<SerialSettings> = {}, bound: Bound = (work) => work) {
    const port = createPort({ path: pty.path, ...LINE, ...settings }, bound);
    expect(port.latencyTimerMs).toBeUndefined();
    await port.open(new Recorder(), NEVER);
    return port;
  }

  it('sets the low-latency flag, ends no open line’s RTS and DTR, and knows the timer afterwards', async () => {
    binding.set.mockImplementation(async () => {
      rmSync(file);
      writeFileSync(file, '1\n');
    });
    const port = await opened();
    expect(binding.set.mock.calls).toEqual([
      [{ lowLatency: true, brk: false, rts: true, dtr: true, cts: false, dsr: false }],
    ]);
    expect(port.latencyTimerMs).toBe(1);
    await port.close();
  });

  it('does so before it drops what came before, and so before anything is sent', async () => {
    const port = await opened();
    expect(binding.asked).toEqual(['set', 'flush']);
    await port.close();
  });

  it('only reads the timer where the config says so', async () => {
    const port = await opened({ lowLatency: false });
    expect(binding.set).not.toHaveBeenCalled();
    expect(port.latencyTimerMs).toBeGreaterThan(1);
    await port.close();
  });

  it('leaves the modem lines alone where there is no timer', async () => {
    rmSync(file);
    const port = await opened();
    expect(binding.set).not.toHaveBeenCalled();
    expect(port.latencyTimerMs).toBeUndefined();
    await port.close();
  });

  it('holds the levels of DTR and RTS that the config names, also with the flag', async () => {
    const port = await opened({ dtr: true, rts: false });
    const levels = { brk: false, rts: false, dtr: true, cts: false, dsr: false };
    expect(binding.set.mock.calls).toEqual([[{ ...levels, lowLatency: true }], [{ ...levels, lowLatency: true }]]);
    expect(port.lacksModemLines).toBe(false);
    await port.close();
  });

  it('tells that a line has no DTR and RTS, and is open all the same', async () => {
    binding.set.mockRejectedValue(new Error('Error: Inappropriate ioctl for device, cannot set'));
    const port = await opened({ rts: false, lowLatency: false });
    expect(port.isOpen).toBe(true);
    expect(port.lacksModemLines).toBe(true);
    await port.close();
  });

  it('opens all the same when the flag is refused, and tells the timer', async () => {
    binding.set.mockRejectedValue(new Error('Error: Operation not permitted, cannot set low latency'));
    const port = await opened();
    expect(port.isOpen).toBe(true);
    expect(port.latencyTimerMs).toBeGreaterThan(1);
    await port.close();
  });

  it('is not needed to know the timer; and what is no character device has none', async () => {
    expect(await latencyTimerAt(pty.path)).toBeGreaterThan(1);
    expect(await latencyTimerAt(file)).toBeUndefined();
    expect(binding.set).not.toHaveBeenCalled();
    closeSync(binding.fd);
  });

  it('does not wait for an adapter that does not answer, but frees the descriptor only after it has', async () => {
    let answer = (): void => {};
    binding.set.mockImplementation(async () => {
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
    });
    let bounds = 0;
    // The time of the first bound is over as soon as the call has begun.
    const bound: Bound = async (work) => {
      bounds += 1;
      if (bounds === 1) await vi.waitFor(() => expect(binding.set).toHaveBeenCalled());
      else await work;
    };
    const port = await opened({}, bound);
    expect(port.isOpen).toBe(true);
    expect(port.latencyTimerMs).toBeUndefined();
    const closing = port.close();
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(binding.asked).not.toContain('close');
    answer();
    await closing;
    expect(binding.asked).toContain('close');
  });
});
