import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { cpuMsOf, residentBytes } from '../../scripts/bench-program/usage.ts';
import { openPty } from '../../scripts/sim/pty.ts';
import { brokerFor, rigBus, rigDevice, rigFor, runAgent, temporaryFolder } from '../support/agent-process.ts';
import { askOf, witnessOf } from '../support/witness.ts';

it('shuts a line out that floods it, goes on with the others, and takes it back afterwards', async () => {
  const rig = await rigFor({ baud: 115_200, units: '1' });
  const link = join(await temporaryFolder(), 'port');
  const flood = spawn('socat', ['-u', 'open:/dev/zero', `pty,raw,echo=0,link=${link}`], { stdio: 'ignore' });
  onTestFinished(() => void flood.kill('SIGKILL'));
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, 'fieldward/system');
  const agent = await runAgent({
    gateway: 'system',
    mqtt: { url: broker.url },
    commands: { enabled: true },
    buses: [
      rigBus('good', rig.links[0] ?? '', [rigDevice(1)]),
      rigBus('mad', link, [{ id: 'gnss', driver: 'nmea0183', staleAfterMs: 1000 }]),
    ],
  });
  await witness.until('readings', () => witness.readings('unit-1').length > 5);
  const before = await residentBytes(agent.pid);
  const used = await cpuMsOf(agent.pid);
  const from = performance.now();

  await witness.until('flooded', () => witness.status()?.buses.mad?.fault?.code === 'bus/flooded');
  const polled = witness.readings('unit-1').length;
  await witness.until('the others', () => witness.readings('unit-1').length > polled + 60);
  expect(((await cpuMsOf(agent.pid)) - used) / (performance.now() - from)).toBeLessThan(0.6);
  expect((await residentBytes(agent.pid)) - before).toBeLessThan(60_000_000);
  const { values } = await askOf(witness, 'command/status');
  // 50 ms is the promise; the rest is for a slow machine.
  expect(values.process.eventLoopDelayMs).toBeLessThan(100);

  flood.kill('SIGKILL');
  const pty = await openPty({ link });
  onTestFinished(() => pty.close());
  const sentence = Buffer.from('$GNZDA,181141.00,19,06,2015,00,00*7C\r\n');
  const speaking = setInterval(() => void pty.write(sentence).catch(() => {}), 100);
  onTestFinished(() => clearInterval(speaking));
  await witness.until('back', () => witness.latest('gnss/availability') === 'online');
  await witness.until('open again', () => witness.status()?.buses.mad?.open === true);
  expect(witness.readings('unit-1').filter((each) => each.quality !== 'good')).toEqual([]);
  expect(await agent.stop()).toEqual({ code: 0, signal: null });
});
