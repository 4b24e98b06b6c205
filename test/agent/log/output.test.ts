import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  constants,
  fstatSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DescriptorOutput } from '../../../agent/log/output.ts';
import { PATIENCE_MS } from '../../support/patience.ts';

const { O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
const root = new URL('../../..', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'fieldward-log-'));
afterAll(() => rmSync(folder, { recursive: true }));
const soon = () => AbortSignal.timeout(PATIENCE_MS);
let pipes = 0;

function pipe() {
  const path = join(folder, `pipe-${pipes++}`);
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, O_RDONLY | O_NONBLOCK);
  return { reader, writer: openSync(path, O_WRONLY) };
}

function drain(reader: number): number {
  const buffer = Buffer.alloc(65536);
  let total = 0;
  try {
    for (;;) {
      const count = readSync(reader, buffer);
      if (count === 0) return total;
      total += count;
    }
  } catch {
    return total; // EAGAIN: empty
  }
}

describe('the output of the log', () => {
  it('writes lines in order to a pipe and to a file', async () => {
    const { reader, writer } = pipe();
    const path = join(folder, 'file');
    const file = openSync(path, 'w');
    for (const fd of [writer, file]) {
      const output = new DescriptorOutput(fd);
      for (let index = 0; index < 100; index++) expect(output.write(`${index}\n`)).toBe(true);
      await output.flush(soon());
    }
    const expected = Array.from({ length: 100 }, (_, index) => `${index}\n`).join('');
    const buffer = Buffer.alloc(1000);
    expect(buffer.toString('utf8', 0, readSync(reader, buffer))).toBe(expected);
    expect(readFileSync(path, 'utf8')).toBe(expected);
  });

  it('drops lines while nobody reads, never keeps more than its bound, and goes on once somebody reads', async () => {
    const { reader, writer } = pipe();
    const output = new DescriptorOutput(writer, 10_000);
    const line = `${'x'.repeat(999)}\n`;
    let taken = 0;
    for (let round = 0; round < 300; round++) {
      if (output.write(line)) taken++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(taken).toBeLessThanOrEqual(65 + 10 + 1);
    expect(output.write(line)).toBe(false);
    let read = 0;
    while (read < taken * 1000) {
      read += drain(reader);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(output.write(line)).toBe(true);
    await output.flush(soon());
    expect(drain(reader)).toBe(1000);
  });

  it('flushes no longer than its signal lets it', async () => {
    const { writer } = pipe();
    const output = new DescriptorOutput(writer);
    for (let index = 0; index < 200; index++) output.write(`${'x'.repeat(999)}\n`);
    const controller = new AbortController();
    const flush = output.flush(controller.signal);
    controller.abort();
    await flush;
  });

  it('drops everything once the reader has gone, and keeps its descriptor from being used again', async () => {
    const { reader, writer } = pipe();
    const output = new DescriptorOutput(writer);
    closeSync(reader);
    output.write('lost\n');
    while (output.write('lost\n')) await new Promise((resolve) => setImmediate(resolve));
    await output.flush(soon());
    const next = openSync('/dev/null', 'r');
    expect(next).not.toBe(writer);
    closeSync(next);
    closeSync(writer);
  });

  it('goes on after a full disk', async () => {
    const fd = openSync('/dev/full', 'w');
    const output = new DescriptorOutput(fd);
    for (let round = 0; round < 3; round++) {
      expect(output.write('lost\n')).toBe(true);
      await output.flush(soon());
      await new Promise((resolve) => setImmediate(resolve));
      expect(() => fstatSync(fd)).not.toThrow();
    }
    closeSync(fd);
  });

  it('is harmless where there is no such descriptor', async () => {
    const output = new DescriptorOutput(9999);
    expect(output.write('lost\n')).toBe(false);
    await output.flush(soon());
  });

  it('stalls neither the loop nor the exit of a process whose stdout nobody reads', async () => {
    compile(folder);
    const script = join(folder, 'flood.mjs');
    writeFileSync(
      script,
      `
      import { monitorEventLoopDelay } from 'node:perf_hooks';
      import { writeSync } from 'node:fs';
      import { setImmediate, setTimeout } from 'node:timers/promises';
      import { PinoLog } from './out/agent/log/pino-log.js';
      import { SystemClock } from './out/agent/clock/system-clock.js';
      const log = new PinoLog({ clock: new SystemClock(), level: 'debug' });
      for (let round = 0; round < 200; round++) await setImmediate();
      const delay = monitorEventLoopDelay({ resolution: 5 });
      delay.enable();
      const text = 'x'.repeat(250);
      for (let round = 0; round < 100; round++) {
        for (let line = 0; line < 20; line++) log.debug('flood', { a: text, b: text, c: text });
        await setTimeout(5);
      }
      await log.flush(AbortSignal.timeout(100));
      writeSync(2, JSON.stringify({ medianMs: delay.percentile(50) / 1e6, dropped: log.dropped }));
      process.exit(0);
      `,
    );
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'pipe'] });
    let told = '';
    child.stderr.on('data', (chunk) => {
      told += chunk;
    });
    child.stdout.pause();
    const [code] = await once(child, 'exit');
    expect([code, told]).toEqual([0, expect.stringContaining('dropped')]);
    const measured = JSON.parse(told);
    expect(measured.dropped).toBeGreaterThan(50);
    // The median, as a busy machine has its own delays; a write that blocks would hang for ever.
    expect(measured.medianMs).toBeLessThan(50);
  });
});

/** The log as JavaScript, for a process of its own. */
function compile(into: string): void {
  symlinkSync(join(root, 'node_modules'), join(into, 'node_modules'));
  writeFileSync(join(into, 'package.json'), '{"type":"module"}');
  writeFileSync(
    join(into, 'tsconfig.json'),
    JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { noEmit: false, rootDir: root, outDir: join(into, 'out') },
      include: [],
      files: ['agent/log/pino-log.ts', 'agent/clock/system-clock.ts'].map((path) => join(root, path)),
    }),
  );
  execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', into]);
}
