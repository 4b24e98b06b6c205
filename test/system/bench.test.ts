import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { checkout } from '../../scripts/testbed/place.ts';

const run = promisify(execFile);

it('the bench measures the agent on a paced line, and finds no wrong value', async () => {
  const main = join(checkout(), 'dist', 'scripts', 'bench-program', 'main.js');
  const { stdout } = await run(process.execPath, [main, '--baud', '9600', '--seconds', '3', '--json']);
  const result = JSON.parse(stdout);
  expect(result).toMatchObject({ baud: 9600, wrongValues: 0, collisions: 0 });
  // How near it comes is the bench's to tell, on a machine that does nothing else; that it measures is this test's.
  expect(result.shareOfLimit).toBeGreaterThan(0.5);
  expect(result.shareOfLimit).toBeLessThan(1.02);
  for (const figure of ['cpuMsPer1000Polls', 'rssMiB', 'firstReadingMs', 'latencyP50Ms', 'latencySamples']) {
    expect(result[figure], figure).toBeGreaterThan(0);
  }
});
