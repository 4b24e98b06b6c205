import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkout } from '../../scripts/testbed/place.ts';
import { rigFor } from '../support/agent-process.ts';
import { toolFor } from '../support/tool.ts';

const objects = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

it('reads registers of a device, and says what it refuses and who is silent', async () => {
  const rig = await rigFor({ baud: 115_200, units: '2', options: { 'max-addr': 100 } });
  const line = [rig.links[0] ?? '', '--baud', '115200'];
  const good = toolFor({
    args: ['read', ...line.slice(0, 1), '2', 'holding:0..3', 'coil:0..2', ...line.slice(1), '--json'],
  });
  expect(await good.ended).toEqual({ code: 0, signal: null });
  const [holding, coils] = objects(good.stdout);
  expect(holding).toMatchObject({ unit: 2, register: 'holding', address: 0, count: 4 });
  expect(holding.values.uint16.slice(1, 2)).toEqual([0x0201]);
  expect(coils.values.bool).toHaveLength(3);
  const refused = toolFor({ args: ['read', ...line.slice(0, 1), '2', 'input:200', ...line.slice(1)] });
  expect(await refused.ended).toEqual({ code: 74, signal: null });
  expect(refused.stderr).toContain('modbus/illegal-address');
  const silent = toolFor({
    args: ['read', ...line.slice(0, 1), '3', 'input:0', ...line.slice(1), '--timeout-ms', '300'],
  });
  expect(await silent.ended).toEqual({ code: 69, signal: null });
});

it('writes what was confirmed, and nothing else', async () => {
  const rig = await rigFor({ baud: 115_200, units: '2' });
  const path = rig.links[0] ?? '';
  const ask = async (answer: string) => {
    const main = join(checkout(), 'dist', 'agent', 'main.js');
    const child = spawn(
      process.execPath,
      [main, 'write', path, '2', 'holding:10=230.5', '--type', 'float32', '--baud', '115200'],
      {
        stdio: ['pipe', 'pipe', 'pipe'],
      },
    );
    child.stdin.end(answer);
    const [code] = await once(child, 'close');
    return code;
  };
  expect(await ask('')).toBe(65);
  expect(await ask('no\n')).toBe(65);
  expect((await rig.summary()).lines[0]?.requests).toBe(0);
  expect(await ask('y\n')).toBe(0);
  const read = toolFor({
    args: ['read', path, '2', 'holding:10..11', '--type', 'float32', '--baud', '115200', '--json'],
  });
  expect(await read.ended).toEqual({ code: 0, signal: null });
  expect(objects(read.stdout)[0]).toMatchObject({ values: { float32: [230.5] } });
  const script = toolFor({ args: ['write', path, '2', 'coil:1=true', '--yes', '--baud', '115200', '--json'] });
  expect(await script.ended).toEqual({ code: 0, signal: null });
  expect(objects(script.stdout)).toMatchObject([{ outcome: 'applied' }]);
});
