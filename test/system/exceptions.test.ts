import { expect, it } from 'vitest';
import { brokerFor, rigBus, rigDevice, rigFor, runAgent } from '../support/agent-process.ts';
import { askOf, witnessOf } from '../support/witness.ts';

const PERIOD = 100;

it.each([
  ['refuses every question', { exc: 1, 'exc-code': 2 }, 'modbus/illegal-address', 'online', 'failed'],
  ['is answered for by another', { 'wrong-unit': 1 }, 'modbus/foreign-unit', 'offline', 'failed'],
  ['only gives damaged answers', { badcrc: 1 }, 'modbus/checksum', 'offline', 'failed'],
] as const)(
  'does not storm a device that %s, and leaves the others alone',
  async (_, faults, code, health, outcome) => {
    const rig = await rigFor({ baud: 115_200, units: '1-2', options: { ...faults, 'fault-unit': 1 } });
    const broker = await brokerFor();
    const witness = await witnessOf(broker.url, 'fieldward/system');
    const device = (unit: number) =>
      rigDevice(unit, { pollMs: PERIOD, options: { unit, timeoutMs: 100, lateMs: 100 }, offlineAfter: 2 });
    await runAgent({
      gateway: 'system',
      mqtt: { url: broker.url },
      commands: { enabled: true, allow: ['read'] },
      buses: [rigBus('line', rig.links[0] ?? '', [device(1), device(2)])],
    });
    await witness.until('the fault', () => {
      const found = witness.status()?.devices['unit-1'];
      return found?.fault?.code === code && found.health === health;
    });
    await rig.zero();
    const before = witness.readings('unit-2').length;
    await witness.until('20 readings', () => witness.readings('unit-2').length > before + 20);
    const asked = (await rig.summary()).lines[0]?.per_unit ?? {};
    // One question a period, and one more at once where the answer was damaged; an offline device far less.
    expect(asked['1'] ?? 0).toBeLessThanOrEqual((asked['2'] ?? 0) + 2);
    expect(witness.readings('unit-1').filter((each) => each.values !== undefined)).toEqual([]);
    expect(witness.readings('unit-2').filter((each) => each.quality !== 'good')).toEqual([]);
    // The same fault is news once, then it is quiet until the heartbeat.
    expect(witness.readings('unit-1').length).toBeLessThanOrEqual(3);
    expect(await askOf(witness, 'unit-1/command/read')).toMatchObject({ outcome, fault: { code } });
  },
);
