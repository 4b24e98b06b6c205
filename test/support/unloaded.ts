import { expect } from 'vitest';
import { brokerFor, rigBus, rigDevice, rigFor, runAgent } from './agent-process.ts';
import { witnessOf } from './witness.ts';

/** Runs a built tree whose driver `nmea0183` was altered: its device is unloaded, and the other goes on. */
export async function expectUnloaded(dist: string, device: object = { driver: 'nmea0183' }): Promise<void> {
  const rig = await rigFor({ baud: 115_200, units: '1', lines: 2 });
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, 'fieldward/system');
  await runAgent(
    {
      gateway: 'system',
      mqtt: { url: broker.url },
      buses: [
        rigBus('line', rig.links[0] ?? '', [rigDevice(1)]),
        rigBus('other', rig.links[1] ?? '', [{ id: 'altered', ...device }]),
      ],
    },
    { dist },
  );
  const altered = await witness.until('unloaded', () =>
    witness.status()?.devices.altered?.health === 'unloaded' ? witness.status()?.devices.altered : undefined,
  );
  expect(altered.fault?.code).toBe('driver/altered');
  await witness.until('readings of the other', () => witness.readings('unit-1').length > 5);
  expect(witness.latest('altered/availability')).toBe('offline');
}
