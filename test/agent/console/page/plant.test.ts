import { expect, it } from 'vitest';
import { concernsOf } from '../../../../agent/console/page/state/concerns.ts';
import { gatewayTopic, PlantNow, QUALITIES, ROSTER, valuesTopic } from '../../../../agent/console/page/state/plant.ts';
import { devicesWith, valuesWith } from '../../../../agent/console/page/state/search.ts';
import { Wakes } from '../../../../agent/console/page/state/wakes.ts';
import type { PlantEvent } from '../../../../agent/console/wire.ts';
import { wholePlant } from '../../../support/console/made-up-plant.ts';

const AT = 1_795_428_902_113;
const SIZE = { gateways: 12, devices: 10, points: 8 };
const NOTHING: PlantEvent = {
  at: AT,
  broker: 'connected',
  gateways: [],
  devices: [],
  values: [],
  gone: [],
  leftOut: 0,
};

/** A plant, and frames that the test begins. */
function shown(size = SIZE) {
  const frames: (() => void)[] = [];
  const wakes = new Wakes((run) => frames.push(run));
  const plant = new PlantNow(wakes);
  plant.take(wholePlant(size, AT), true, AT);
  const woken: string[] = [];
  const watch = (topic: string) => wakes.listen(topic, () => woken.push(topic));
  return { plant, watch, woken, frames, frame: () => frames.splice(0).forEach((run) => void run()) };
}

it('a frame wakes each part once, however much was told before it', () => {
  const { plant, watch, woken, frames, frame } = shown();
  watch(valuesTopic('plant7-gw01/unit-1'));
  watch(valuesTopic('plant7-gw01/unit-2'));
  for (let supply = 0; supply < 50; supply += 1) {
    const values = [{ gateway: 'plant7-gw01', device: 'unit-1', at: AT + supply, values: { supply } }];
    plant.take({ ...NOTHING, values }, false, AT);
  }
  expect(woken).toEqual([]);
  expect(frames).toHaveLength(1);
  frame();
  expect(woken).toEqual([valuesTopic('plant7-gw01/unit-1')]);
  expect(plant.device('plant7-gw01/unit-1')?.values.get('supply')).toEqual({ value: 49, at: AT + 49, quality: 'good' });
});

it('a part that is shown no more is not woken, and lists are made anew only where they differ', () => {
  const { plant, watch, woken, frame } = shown();
  const end = watch(gatewayTopic('plant7-gw01'));
  watch(ROSTER);
  const [gateway] = plant.gateways;
  if (gateway === undefined) throw new Error('no gateway');
  plant.take({ ...NOTHING, gateways: [{ ...gateway, uptimeS: 7 }] }, false, AT);
  frame();
  expect(woken).toEqual([gatewayTopic('plant7-gw01')]);
  end();
  plant.take({ ...NOTHING, gateways: [{ ...gateway, online: false }] }, false, AT);
  frame();
  expect(woken).toEqual([gatewayTopic('plant7-gw01'), ROSTER]);
});

it('a value keeps its text and its time where only its quality changes, and any name is a name', () => {
  const { plant } = shown();
  const told = { gateway: 'plant7-gw01', device: 'unit-1', at: AT + 5 };
  plant.take({ ...NOTHING, values: [{ ...told, values: JSON.parse('{"__proto__":1,"supply":60}') }] }, false, AT);
  plant.take({ ...NOTHING, values: [{ ...told, at: AT + 9, values: {}, quality: { supply: 'stale' } }] }, false, AT);
  const values = plant.device('plant7-gw01/unit-1')?.values;
  expect(values?.get('supply')).toEqual({ value: 60, at: AT + 5, quality: 'stale' });
  expect(values?.get('__proto__')).toEqual({ value: 1, at: AT + 5, quality: 'good' });
});

it('what is gone is shown no more, and a new whole takes the place of all', () => {
  const { plant } = shown();
  plant.take({ ...NOTHING, gone: ['plant7-gw01/unit-1'] }, false, AT);
  expect(plant.device('plant7-gw01/unit-1')).toBeUndefined();
  plant.take(wholePlant({ ...SIZE, gateways: 1 }, AT), true, AT);
  expect(plant.gateways.map(({ id }) => id)).toEqual(['plant7-gw01']);
  expect(plant.devices).toHaveLength(10);
});

it('ages count by the clock of the server', () => {
  const { plant } = shown();
  plant.take({ ...NOTHING, at: AT + 90_000 }, false, AT);
  expect(plant.aheadMs).toBe(90_000);
});

it('a search needs each word somewhere, and “faulty only” leaves what is not well', () => {
  const { plant } = shown();
  expect(devicesWith(plant.devices, 'boiler GW01', false).map(({ key }) => key)).toEqual([
    'plant7-gw01/unit-1',
    'plant7-gw01/unit-6',
  ]);
  const faulty = devicesWith(plant.devices, '', true);
  expect(faulty.map(({ key }) => key)).toEqual([
    'plant7-gw03/unit-3',
    'plant7-gw06/unit-2',
    'plant7-gw09/unit-1',
    'plant7-gw11/unit-10',
  ]);
  expect(valuesWith(plant.devices, 'gw01 unit-1 supply', false).map(({ key }) => key)).toContain(
    'plant7-gw01/unit-1/supply',
  );
  expect(valuesWith(plant.devices, '', true)).toHaveLength(4 * SIZE.points);
});

it('“faulty only” shows a value as soon as it is not good any more, and no good one of a device with a fault', () => {
  const { plant, watch, woken, frame } = shown();
  watch(QUALITIES);
  const told = { gateway: 'plant7-gw01', device: 'unit-1', at: AT + 5 };
  const shownOf = () => valuesWith(plant.devices, '', true).filter(({ device }) => device.key === 'plant7-gw01/unit-1');
  const round = plant.qualityRound;
  plant.take({ ...NOTHING, values: [{ ...told, values: { supply: 60 } }] }, false, AT);
  frame();
  expect([woken, plant.qualityRound]).toEqual([[], round]);
  plant.take({ ...NOTHING, values: [{ ...told, values: {}, quality: { supply: 'stale' } }] }, false, AT);
  frame();
  expect(woken).toEqual([QUALITIES]);
  expect(plant.qualityRound).not.toBe(round);
  expect(shownOf().map(({ point }) => point.name)).toEqual(['supply']);

  const device = plant.device('plant7-gw01/unit-1');
  if (device === undefined) throw new Error('no device');
  const fault = { code: 'device/too-long', message: 'm', advice: 'a' };
  plant.take({ ...NOTHING, devices: [{ ...device.told, health: 'online', fault }] }, false, AT);
  expect(shownOf().map(({ point }) => point.name)).toEqual(['supply']);
  expect(devicesWith(plant.devices, '', true).map(({ key }) => key)).toContain('plant7-gw01/unit-1');
});

it('the worst comes first among what needs attention, and devices behind an absent gateway do not', () => {
  const { plant } = shown();
  const concerns = concernsOf(plant.gateways, plant.devices);
  expect(concerns.map(({ tone }) => tone)).toEqual([...Array(concerns.length - 1).fill('bad'), 'warn']);
  expect(concerns.at(-1)?.words).toBe('Its certificate ends in 9 days.');
  expect(concerns.filter(({ gateway }) => gateway === 'plant7-gw11').map(({ key }) => key)).toEqual(['plant7-gw11']);
  expect(concerns.find(({ name }) => name === 'mbus')?.words).toBe('The port is not there.');
});
