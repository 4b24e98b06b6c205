import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Port } from '../../../drivers/contract/port.ts';
import { createPort } from '../../../drivers/port/create.ts';
import { openPty, type Pty } from '../../../scripts/sim/pty.ts';
import { PATIENCE_MS } from '../../support/patience.ts';
import { busyTime, counting, descriptors, EVERY_BYTE, NEVER, Recorder } from './port-contract.ts';

const LINE = { baudRate: 19_200, dataBits: 8, parity: 'even', stopBits: 1 } as const;
const NOBODY = 65_534;

function serialPort(path: string, line: object = {}): Port {
  return createPort({ path, ...LINE, ...line }, (work) => work);
}

function refusal(path: string, line: object = {}): Promise<string> {
  return serialPort(path, line)
    .open(new Recorder(), NEVER)
    .then(
      () => 'opened',
      (fault) => fault.code,
    );
}

describe('a serial port', () => {
  let folder: string;
  let ptys: Pty[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fieldward-port-'));
    ptys = [];
  });
  afterEach(async () => {
    for (const pty of ptys) await pty.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function terminal(link?: string): Promise<Pty> {
    const pty = await openPty(link === undefined ? {} : { link });
    ptys.push(pty);
    return pty;
  }

  it('is missing where nothing is, or a link leads nowhere or in a circle', async () => {
    symlinkSync(join(folder, 'nothing'), join(folder, 'dangling'));
    symlinkSync(join(folder, 'circle'), join(folder, 'circle'));
    expect(await refusal(join(folder, 'nothing'))).toBe('port/missing');
    expect(await refusal(join(folder, 'dangling'))).toBe('port/missing');
    expect(await refusal(join(folder, 'circle'))).toBe('port/missing');
  });

  it('is no device where the path leads to a file, a folder or a device of another kind', async () => {
    writeFileSync(join(folder, 'file'), '');
    symlinkSync('/dev/null', join(folder, 'null'));
    expect(await refusal(join(folder, 'file'))).toBe('port/not-a-device');
    expect(await refusal(folder)).toBe('port/not-a-device');
    expect(await refusal('/dev/null')).toBe('port/not-a-device');
    expect(await refusal(join(folder, 'null'))).toBe('port/not-a-device');
  });

  it('hands on what lies unread when it is asked to look, and takes looks without end for no fault', async () => {
    const pty = await terminal();
    const port = serialPort(pty.path);
    const heard = new Recorder();
    port.look?.();
    await port.open(heard, NEVER);
    for (let look = 0; look < 10_100; look += 1) port.look?.();
    expect([heard.chunks, heard.losses]).toEqual([[], []]);
    const sent = pty.write(Buffer.from('abc'));
    // no turn of the event loop lies between two looks, so nobody else has read it
    for (const end = performance.now() + PATIENCE_MS; heard.all().length < 3 && performance.now() < end; )
      port.look?.();
    expect(heard.all().toString()).toBe('abc');
    await sent;
    await port.close();
    port.look?.();
    expect(heard.losses).toEqual([]);
  });

  it('is not even looked for under a path that no port can have', async () => {
    const { path } = await terminal();
    expect(await refusal(`${path}\0.txt`)).toBe('port/not-a-device');
    expect(await refusal(path.replace('/pts/', '/pts/../pts/'))).toBe('port/not-a-device');
    expect(await refusal(path.slice(1))).toBe('port/not-a-device');
  });

  it('says so when it may not be opened', async () => {
    const { path } = await terminal();
    chmodSync(path, 0);
    const root = process.getuid?.() === 0;
    if (root) process.seteuid?.(NOBODY);
    try {
      expect(await refusal(path)).toBe('port/permission');
    } finally {
      if (root) process.seteuid?.(0);
    }
  });

  it('is busy while another port of this process has it, and only so long', async () => {
    const { path } = await terminal();
    const first = serialPort(path);
    await first.open(new Recorder(), NEVER);
    expect(await refusal(path)).toBe('port/busy');
    await first.close();
    const second = serialPort(path);
    await second.open(new Recorder(), NEVER);
    await second.close();
  });

  it('is busy while another program has it, and leaves that program its line settings', async () => {
    const { path } = await terminal();
    execFileSync('stty', ['-F', path, '4800', 'cstopb', 'icrnl']);
    const before = execFileSync('stty', ['-F', path, '-g']).toString();
    const holder = spawn('flock', ['-n', path, 'sh', '-c', 'echo held; exec cat'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    expect(await refusal(path)).toBe('port/busy');
    expect(execFileSync('stty', ['-F', path, '-g']).toString()).toBe(before);
    holder.stdin.end();
    await once(holder, 'close');
    expect(await refusal(path)).toBe('opened');
  });

  it('sets the line as it is told', async () => {
    const { path } = await terminal();
    const port = serialPort(path, { baudRate: 38_400, dataBits: 7, parity: 'odd', stopBits: 2 });
    await port.open(new Recorder(), NEVER);
    const settings = execFileSync('stty', ['-F', path, '-a']).toString();
    // A pseudo terminal keeps speed and stop bits, and always says 8 bits without parity (pty(7), pty_set_termios).
    expect(settings).toMatch(/speed 38400 baud/);
    expect(settings).toMatch(/[^-]cstopb/);
    expect(settings).toMatch(/-icanon/);
    expect(settings).toMatch(/min = 1; time = 0/);
    await port.close();
  });

  it('takes speeds that are in no table', async () => {
    const { path } = await terminal();
    expect(await refusal(path, { baudRate: 31_250 })).toBe('opened');
    // stty does not know such speeds, and says 0 for them.
    expect(execFileSync('stty', ['-F', path, 'speed']).toString().trim()).toBe('0');
  });

  it.each([9600, 31_250])('hears nothing of what came before it was opened, at %d baud', async (baudRate) => {
    const pty = await terminal();
    const early = openSync(pty.path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
    await pty.write(Buffer.from('?old'));
    // When the first byte can be read, the others are in the terminal too.
    await vi.waitFor(() => expect(readSync(early, Buffer.alloc(1))).toBe(1));
    closeSync(early);
    const heard = new Recorder();
    const port = serialPort(pty.path, { baudRate });
    await port.open(heard, NEVER);
    await pty.write(Buffer.from('new'));
    await vi.waitFor(() => expect(heard.all().toString()).toBe('new'));
    await port.close();
  });

  it('is no longer present when its name leads elsewhere, though the device is still there', async () => {
    const link = join(folder, 'by-id');
    await terminal(link);
    const other = await terminal();
    const port = serialPort(link);
    const heard = new Recorder();
    await port.open(heard, NEVER);
    expect(await port.isPresent()).toBe(true);
    symlinkSync(other.path, `${link}.new`);
    renameSync(`${link}.new`, link);
    expect(await port.isPresent()).toBe(false);
    rmSync(link);
    expect(await port.isPresent()).toBe(false);
    expect(heard.losses).toEqual([]);
    await port.close();
  });

  it('comes back under the same name after an unplug', async () => {
    const link = join(folder, 'by-id');
    const first = await terminal(link);
    const port = serialPort(link);
    const heard = new Recorder();
    await port.open(heard, NEVER);
    await first.unplug();
    await vi.waitFor(() => expect(heard.losses).toHaveLength(1));
    await port.close();
    expect(await refusal(link)).toBe('port/missing');
    const second = await terminal(link);
    const again = serialPort(link);
    const heardAgain = new Recorder();
    await again.open(heardAgain, NEVER);
    await second.write(EVERY_BYTE);
    await vi.waitFor(() => expect(heardAgain.all().equals(EVERY_BYTE)).toBe(true));
    await again.close();
  });

  it('stays open and idle while a foreign reader takes its bytes', async () => {
    const pty = await terminal();
    const heard = new Recorder();
    const port = serialPort(pty.path);
    await port.open(heard, NEVER);
    const thief = spawn('cat', [pty.path], { stdio: ['ignore', 'pipe', 'inherit'] });
    let stolen = 0;
    thief.stdout.on('data', (chunk) => {
      stolen += chunk.length;
    });
    await vi.waitFor(async () => {
      await pty.write(counting(64));
      expect(stolen).toBeGreaterThan(0);
    });
    expect(await busyTime(200)).toBeLessThan(100);
    thief.kill('SIGKILL');
    await once(thief, 'close');
    expect(heard.losses).toEqual([]);
    await pty.write(Buffer.from('mine'));
    await vi.waitFor(() => expect(heard.all().includes('mine')).toBe(true));
    await port.close();
  });

  it('leaves time for everything else while it is flooded', async () => {
    const link = join(folder, 'flood');
    const flood = spawn('socat', ['-u', 'open:/dev/zero', `pty,raw,echo=0,link=${link}`], { stdio: 'ignore' });
    const heard = new Recorder();
    let bytes = 0;
    heard.bytes = (chunk) => {
      bytes += chunk.length;
    };
    const port = await vi.waitFor(async () => {
      const attempt = serialPort(link);
      await attempt.open(heard, NEVER);
      return attempt;
    });
    let ticks = 0;
    const ticker = setInterval(() => {
      ticks += 1;
    }, 10);
    await new Promise((resolve) => setTimeout(resolve, 500));
    clearInterval(ticker);
    expect(bytes).toBeGreaterThan(100_000);
    expect(ticks).toBeGreaterThan(10);
    await port.close();
    const after = bytes;
    expect(await busyTime(100)).toBeLessThan(80);
    expect(bytes).toBe(after);
    flood.kill('SIGKILL');
    await once(flood, 'close');
  });

  it('survives 500 unplugs without a descriptor left behind or a spinning core', async () => {
    await replug(0);
    const before = descriptors();
    const memory = process.memoryUsage().rss;
    const lanes = [0, 1, 2, 3].map(async (lane) => {
      for (let cycle = 0; cycle < 125; cycle += 1) await replug(cycle + lane);
    });
    await Promise.all(lanes);
    expect(await busyTime(300)).toBeLessThan(150);
    await vi.waitFor(() => expect(descriptors()).toBeLessThanOrEqual(before));
    expect(process.memoryUsage().rss - memory).toBeLessThan(100 * 1024 * 1024);
  });

  /** One unplug: idle, in traffic, or while a write waits. */
  async function replug(kind: number): Promise<void> {
    const pty = await openPty();
    const heard = new Recorder();
    const port = serialPort(pty.path);
    await port.open(heard, NEVER);
    let flow: Promise<unknown> = Promise.resolve();
    if (kind % 3 === 1) {
      flow = pty.write(counting(100_000)).catch(() => {});
      await vi.waitFor(() => expect(heard.chunks.length).toBeGreaterThan(0), { interval: 1 });
    }
    if (kind % 3 === 2) {
      pty.freeze();
      flow = Promise.resolve(port.write(counting(1_000_000), NEVER)).catch(() => {});
    }
    await pty.unplug();
    await flow;
    await vi.waitFor(() => expect(heard.losses.map((fault) => fault.code)).toEqual(['port/lost']), { interval: 1 });
    await port.close();
    await pty.close();
  }
});
