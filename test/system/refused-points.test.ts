import { expect, it } from 'vitest';
import { brokerFor, rigBus, rigDevice, rigFor, runAgent } from '../support/agent-process.ts';
import { witnessOf } from '../support/witness.ts';

const point = (name: string, address: number) => ({ name, register: 'holding', address, type: 'uint16' });

it('reads what a device has around what it has not, and tells of the point that it refuses', async () => {
  const rig = await rigFor({ baud: 115_200, units: '1-2', options: { forbid: '4-5,10', 'fault-unit': 1 } });
  const broker = await brokerFor();
  const witness = await witnessOf(broker.url, 'fieldward/system');
  const points = [point('counter', 0), point('mark', 1), point('far', 9), point('none', 10)];
  const device = (unit: number) => rigDevice(unit, { options: { unit, timeoutMs: 200, maxHole: 10 }, points });
  await runAgent({
    gateway: 'system',
    mqtt: { url: broker.url },
    buses: [rigBus('line', rig.links[0] ?? '', [device(1), device(2)])],
  });
  const good = (unit: string) => witness.readings(unit).filter(({ quality }) => quality === 'good');
  await witness.until('20 readings of each', () => good('unit-1').length > 20 && good('unit-2').length > 20);
  for (const { values } of good('unit-1'))
    expect(Object.keys(values ?? {}).toSorted()).toEqual(['counter', 'far', 'mark']);
  for (const { values } of good('unit-2')) expect(Object.keys(values ?? {})).toHaveLength(4);
  expect(witness.readings('unit-1').filter(({ quality }) => quality !== 'good')).toMatchObject([
    { quality: 'bad', fault: 'modbus/illegal-address' },
  ]);
  await witness.until('the fault', () => witness.status()?.devices['unit-1']?.fault?.code === 'modbus/illegal-address');
  expect(witness.status()?.devices['unit-1']?.health).toBe('online');
  const asked = (await rig.transactions()).filter(({ unit }) => unit === 1);
  expect(asked.filter(({ address, quantity }) => address === 0 && quantity === 11)).toHaveLength(1);
  expect(asked.slice(0, 5).map(({ address, quantity }) => [address, quantity])).toEqual([
    [0, 11],
    [0, 2],
    [9, 2],
    [9, 1],
    [10, 1],
  ]);
});
