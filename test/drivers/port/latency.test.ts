import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { sysfsFolder } from '../../../drivers/port/device-node.ts';
import { LEAST_LATENCY_MS, latencyTimerAt, lowerLatency, readLatencyTimer } from '../../../drivers/port/latency.ts';
import { openPty } from '../../../scripts/sim/pty.ts';
import { newFolder } from '../../support/folder.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await newFolder();
  file = join(folder, 'latency_timer');
});

/** A small number that nobody may write, not even root, as /sys is for a service in its sandbox. */
const READ_ONLY = '/proc/sys/kernel/cap_last_cap';

describe('the latency timer of an adapter', () => {
  it('is read as the kernel writes it', async () => {
    writeFileSync(file, '16\n');
    expect(await readLatencyTimer(folder)).toBe(16);
  });

  it.each(['0\n', '1', '255\n'])('may be %j', async (text) => {
    writeFileSync(file, text);
    expect(await readLatencyTimer(folder)).toBe(Number(text));
  });

  it.each(['', '\n', '-1\n', '256\n', '999\n', '1.5\n', '1e1\n', '0x10\n', ' 16\n', '16 \n', '16\n\n', '1\n6\n'])(
    'is nothing where the file says %j',
    async (text) => {
      writeFileSync(file, text);
      expect(await readLatencyTimer(folder)).toBeUndefined();
    },
  );

  it('is nothing or a byte, whatever the file holds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.string()), async (content) => {
        writeFileSync(file, content);
        const timer = await readLatencyTimer(folder);
        expect(timer === undefined || (Number.isInteger(timer) && timer >= 0 && timer <= 255)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('is nothing where the file is long, though it begins well', async () => {
    writeFileSync(file, `16${' '.repeat(100_000)}`);
    expect(await readLatencyTimer(folder)).toBeUndefined();
    writeFileSync(file, '1'.repeat(100_000));
    expect(await readLatencyTimer(folder)).toBeUndefined();
  });

  it('is nothing where there is no file, a folder, or a pipe that nobody writes into', async () => {
    expect(await readLatencyTimer(folder)).toBeUndefined();
    mkdirSync(file);
    expect(await readLatencyTimer(folder)).toBeUndefined();
    rmSync(file, { recursive: true });
    execFileSync('mkfifo', [file]);
    expect(await readLatencyTimer(folder)).toBeUndefined();
  });

  it('is nothing for a path that leads nowhere, to a file, or to a pseudo terminal', async () => {
    writeFileSync(file, '16\n');
    expect(await latencyTimerAt('/dev/does-not-exist')).toBeUndefined();
    expect(await latencyTimerAt(file)).toBeUndefined();
    const pty = await openPty();
    expect(await latencyTimerAt(pty.path)).toBeUndefined();
    await pty.close();
  });

  it('is looked for by the number of the device, whatever its name is', () => {
    expect(sysfsFolder(0xbc02n)).toBe('/sys/dev/char/188:2/device');
    // glibc's sys/sysmacros.h: 12 bits of the major number above 8 of the minor, the rest of both further up.
    expect(sysfsFolder(0x0000_1000_0010_0101n)).toBe('/sys/dev/char/4097:257/device');
  });
});

describe('lowering the latency timer', () => {
  const flag = vi.fn<() => Promise<void>>();
  beforeEach(() => {
    flag.mockReset().mockResolvedValue();
  });

  it('writes 1 into its file where that may be written, and asks for nothing more', async () => {
    writeFileSync(file, '16\n');
    expect(await lowerLatency(folder, flag)).toBe(1);
    expect(readFileSync(file, 'latin1')).toBe('1\n');
    expect(flag).not.toHaveBeenCalled();
  });

  it('does nothing where it is 1 already, or where there is none', async () => {
    expect(await lowerLatency(folder, flag)).toBeUndefined();
    writeFileSync(file, '1\n');
    expect(await lowerLatency(folder, flag)).toBe(1);
    writeFileSync(file, 'nonsense\n');
    expect(await lowerLatency(folder, flag)).toBeUndefined();
    expect(readFileSync(file, 'latin1')).toBe('nonsense\n');
    expect(flag).not.toHaveBeenCalled();
  });

  it('sets the flag where the file may not be written, and believes what is read then', async () => {
    symlinkSync(READ_ONLY, file);
    const before = await readLatencyTimer(folder);
    expect(before).toBeGreaterThan(1);
    expect(await lowerLatency(folder, flag)).toBe(before);
    expect(flag).toHaveBeenCalledTimes(1);
    // As ftdi_sio does it: under the flag the file says 1.
    flag.mockImplementation(async () => {
      rmSync(file);
      writeFileSync(file, '1\n');
    });
    expect(await lowerLatency(folder, flag)).toBe(1);
  });

  it('takes a flag that is refused as a fact: the timer is what it was', async () => {
    symlinkSync(READ_ONLY, file);
    flag.mockRejectedValue(new Error('Operation not permitted'));
    expect(await lowerLatency(folder, flag)).toBe(await readLatencyTimer(folder));
    flag.mockImplementation(async () => rmSync(file));
    expect(await lowerLatency(folder, flag)).toBeUndefined();
  });
});

describe('the udev rule', () => {
  it('sets the timer of FTDI adapters, and of nothing else, to what the agent sets', () => {
    const lines = readFileSync('systemd/60-fieldward.rules', 'utf8').split('\n');
    const rules = lines.filter((line) => !line.startsWith('#') && line.includes('latency_timer'));
    // udev(7): comma-separated KEY OPERATOR "VALUE"; == and != match, the others assign.
    const pairs = rules.map((rule) =>
      rule.split(', ').map((pair) => /^([A-Z]+(?:\{\w+\})?)(==|!=|=)"([^"]+)"$/.exec(pair)?.slice(1)),
    );
    expect(pairs).toEqual([
      [
        ['ACTION', '==', 'add|bind'],
        ['SUBSYSTEM', '==', 'usb-serial'],
        ['DRIVER', '==', 'ftdi_sio'],
        ['ATTR{latency_timer}', '==', '?*'],
        ['ATTR{latency_timer}', '=', String(LEAST_LATENCY_MS)],
      ],
    ]);
  });

  it('keeps ModemManager off adapters by their makers, and off nothing else', () => {
    const text = readFileSync('systemd/60-fieldward.rules', 'utf8');
    const ignoring = text.split('\n').filter((line) => /^[^#].*ID_MM_/.test(line));
    expect(ignoring).toEqual([
      'ATTRS{idVendor}=="0403|10c4|1a86|067b|04d8", ENV{ID_MM_DEVICE_IGNORE}="1", ENV{ID_MM_PORT_IGNORE}="1"',
    ]);
  });
});
