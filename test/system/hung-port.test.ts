import { spawn } from 'node:child_process';
import { expect, it, onTestFinished } from 'vitest';
import { openPty } from '../../scripts/sim/pty.ts';
import { brokerFor, rigBus, rigDevice, rigFor, runAgent } from '../support/agent-process.ts';
import { witnessOf } from '../support/witness.ts';

it('opens a port anew that takes no byte any more, polls the others meanwhile, and stops at once', async () => {
  const rig = await rigFor({ baud: 115_200, units: '1' });
  const pty = await openPty();
  onTestFinished(() => pty.close());
  // It has the terminal open before the agent has it for itself, and fills it when it is told to.
  const filler = spawn('sh', ['-c', `exec 3>${pty.path}; read go; exec cat /dev/zero >&3`], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  onTestFinished(() => void filler.kill());
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, 'fieldward/system');
  const throttle = { maxRunMs: 500, maxWaitMs: 500 };
  const agent = await runAgent({
    gateway: 'system',
    mqtt: { url: broker.url },
    buses: [
      rigBus('good', rig.links[0] ?? '', [rigDevice(1)]),
      {
        ...rigBus('hung', pty.path, [
          rigDevice(2, { options: { unit: 2, timeoutMs: 100, lateMs: 100 }, probeMinMs: 100, probeMaxMs: 1000 }),
        ]),
        throttle,
      },
    ],
  });
  await witness.until('open', () => witness.status()?.buses.hung?.open === true);
  pty.freeze();
  filler.stdin.write('go\n');
  const fault = await witness.until('why', () => witness.status()?.buses.hung?.fault ?? undefined);
  expect(['port/write', 'bus/stuck']).toContain(fault.code);
  const before = witness.readings('unit-1').length;
  await witness.until('the others', () => witness.readings('unit-1').length > before + 20);
  expect(witness.readings('unit-1').filter((each) => each.quality !== 'good')).toEqual([]);
  const asked = performance.now();
  expect(await agent.stop()).toEqual({ code: 0, signal: null });
  expect(performance.now() - asked).toBeLessThan(5000);
});
