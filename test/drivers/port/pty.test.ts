import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readlinkSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openPty, SCRIPT } from '../../../scripts/sim/pty.ts';

const EVERY_BYTE = Buffer.from(Array.from({ length: 256 }, (_, value) => value));
const FLAGS = constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK;

function readAll(fd: number): Buffer {
  const buffer = Buffer.alloc(4096);
  try {
    return buffer.subarray(0, readSync(fd, buffer));
  } catch {
    return Buffer.alloc(0);
  }
}

describe('a pseudo terminal', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fieldward-pty-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('carries all 256 byte values unchanged both ways', async () => {
    const pty = await openPty();
    const fd = openSync(pty.path, FLAGS);
    const sent: Uint8Array[] = [];
    pty.onBytes((chunk) => sent.push(chunk));
    writeSync(fd, EVERY_BYTE);
    await vi.waitFor(() => expect(Buffer.concat(sent)).toEqual(EVERY_BYTE));
    await pty.write(EVERY_BYTE);
    let got = Buffer.alloc(0);
    await vi.waitFor(() => {
      got = Buffer.concat([got, readAll(fd)]);
      expect(got).toEqual(EVERY_BYTE);
    });
    closeSync(fd);
    await pty.close();
  });

  it('hangs up at an unplug, takes its name away, and comes back under the same name', async () => {
    const link = join(folder, 'by-id');
    const first = await openPty({ link });
    expect(readlinkSync(link)).toBe(first.path);
    const fd = openSync(link, FLAGS);
    await first.unplug();
    expect(existsSync(link)).toBe(false);
    expect(readSync(fd, Buffer.alloc(1))).toBe(0);
    await expect(first.write(EVERY_BYTE)).rejects.toMatchObject({ code: 'port/not-open' });
    closeSync(fd);

    const second = await openPty({ link });
    expect(readlinkSync(link)).toBe(second.path);
    await first.close();
    expect(readlinkSync(link)).toBe(second.path);
    await second.close();
  });

  it('leaves a name alone that another terminal has taken over', async () => {
    const link = join(folder, 'by-id');
    const first = await openPty({ link });
    const second = await openPty({ link });
    await first.close();
    expect(readlinkSync(link)).toBe(second.path);
    await second.close();
  });

  it('ends by itself when its opener was killed', async () => {
    const parent = spawn(
      process.execPath,
      [
        '-e',
        `const child = require('node:child_process').spawn('script', ${JSON.stringify(SCRIPT)},
          { stdio: ['pipe', 'pipe', 'ignore', 'pipe'], detached: true });
         child.stdout.once('data', () => process.stdout.write(String(child.pid)));`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [pid] = await once(parent.stdout, 'data');
    expect(existsSync(`/proc/${String(pid)}`)).toBe(true);
    parent.kill('SIGKILL');
    await vi.waitFor(() => expect(existsSync(`/proc/${String(pid)}`)).toBe(false));
  });
});
