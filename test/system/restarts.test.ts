import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cpuMsOf } from '../../scripts/bench-program/usage.ts';
import { brokerFor, rigBus, rigDevice, rigFor, runAgent, temporaryFolder } from '../support/agent-process.ts';
import { type Reading, witnessOf } from '../support/witness.ts';

const P = 'fieldward/system';

it('never gives two readings the same number, however it ends', async () => {
  const rig = await rigFor({ baud: 115_200, units: '1' });
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, P);
  const config = {
    gateway: 'system',
    mqtt: { url: broker.url },
    outbox: { directory: join(await temporaryFolder(), 'outbox') },
    buses: [rigBus('line', rig.links[0] ?? '', [rigDevice(1)])],
  };
  for (const signal of ['SIGKILL', 'SIGTERM', 'SIGKILL', 'SIGTERM'] as const) {
    const before = witness.readings('unit-1').length;
    const agent = await runAgent(config);
    await witness.until('readings', () => witness.readings('unit-1').length > before + 5);
    agent.signal(signal);
    await agent.ended;
  }
  const readings = witness.readings('unit-1');
  expect(new Set(readings.map((each) => each.boot)).size).toBe(4);
  // A reading may come twice, in both of its lives marked as it was sent; another one never has its number.
  const known = new Map<number, Reading>();
  for (const reading of readings) {
    const first = known.get(reading.seq) ?? reading;
    expect({ ...reading, backfill: false }).toEqual({ ...first, backfill: false });
    known.set(reading.seq, first);
  }
});

it('neither leaks nor works for nothing when its port comes and goes', async () => {
  const rig = await rigFor({
    baud: 115_200,
    units: '1',
    options: { 'hangup-every': 15, 'recreate-ms': 100 },
  });
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, P);
  const agent = await runAgent({
    gateway: 'system',
    mqtt: { url: broker.url },
    buses: [
      rigBus('line', rig.links[0] ?? '', [
        // the port is known to be gone long before a device of a busy machine counts as silent
        rigDevice(1, { pollMs: 0, minTimeoutMs: 1000, options: { unit: 1, timeoutMs: 1000, lateMs: 100 } }),
      ]),
    ],
  });
  const opens = () => agent.stdout.split('"port opened"').length - 1;
  const descriptors = async () => (await readdir(`/proc/${agent.pid}/fd`)).length;
  await witness.until('the third opening', () => opens() > 2);
  const before = await descriptors();
  await witness.until('the twelfth opening', () => opens() > 11);
  expect(await descriptors()).toBeLessThanOrEqual(before + 1);
  // readings from the line after the look at its record are not in it
  const readings = witness.readings('unit-1');
  // a request that the rig hears in pieces counts as none
  const asked = (await rig.transactions()).filter(({ what }) => what !== 'malformed');
  const served = new Map(asked.map((each) => [each.counter, each.what]));
  for (const { values, fault } of readings) {
    if (values === undefined) expect(['port/lost', 'port/missing', 'port/failed']).toContain(fault);
    else expect(served.get(Number(values.counter))).toBe('ok');
  }
  await rig.stop();
  await witness.until('offline', () => {
    const status = witness.status();
    return status?.buses.line?.fault?.code === 'port/missing' && status.devices['unit-1']?.health === 'offline';
  });
  const from = performance.now();
  const used = await cpuMsOf(agent.pid);
  const messages = witness.messages.length;
  await new Promise((resolve) => setTimeout(resolve, 2000));
  expect(((await cpuMsOf(agent.pid)) - used) / (performance.now() - from)).toBeLessThan(0.1);
  // Idle: no news of what is not there.
  expect(witness.messages.length - messages).toBeLessThanOrEqual(2);
});
