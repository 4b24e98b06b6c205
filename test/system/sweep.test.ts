import { expect, it } from 'vitest';
import { rigFor } from '../support/agent-process.ts';
import { toolFor } from '../support/tool.ts';

it('finds a device at 19200 8E1, unit 37, in less time than it says, and prints the line as a config', async () => {
  const rig = await rigFor({ baud: 19_200, units: '37', options: { frame: '8E1', picky: true } });
  const path = rig.links[0] ?? '';
  const sweep = toolFor({
    args: ['scan', path, '--baud', 'all', '--parity', 'all', '--units', '30-40', '--timeout-ms', '250'],
  });
  expect(await sweep.ended).toEqual({ code: 0, signal: null });
  const took = performance.now() - sweep.startedAt;
  const [, count = '', unit = ''] = /settings: ([0-9]+) (s|min) at most/.exec(sweep.stderr) ?? [];
  expect(took).toBeLessThan(Number(count) * (unit === 's' ? 1000 : 60_000));
  expect(sweep.stdout).toContain('unit 37 at 19200 8E1: answers');
  expect(sweep.stdout).toContain(`port: { path: ${path}, baudRate: 19200, dataBits: 8, parity: even, stopBits: 1 }`);
  expect(sweep.stdout).toContain('options: { unit: 37 }');
  expect(sweep.stderr).toMatch(/^9600 8N1, units 30-40: nobody\. .* to go\.$/m);
});

it('ends with what it has where it is told to', async () => {
  const rig = await rigFor({ baud: 1200, units: '1', options: { picky: true } });
  const sweep = toolFor({ args: ['scan', rig.links[0] ?? '', '--baud', 'all'] });
  await expect.poll(() => sweep.stderr, { timeout: 120_000 }).toContain('9600 8N1');
  sweep.signal('SIGINT');
  expect(await sweep.ended).toEqual({ code: 0, signal: null });
});
