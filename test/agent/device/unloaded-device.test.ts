import { expect, it } from 'vitest';
import { UnloadedDevice } from '../../../agent/device/unloaded-device.ts';
import { Fault } from '../../../drivers/contract/fault.ts';

it('a device without its driver tells why, is offline, and neither reads nor writes', async () => {
  const told: unknown[] = [];
  const device = new UnloadedDevice('meter', 'rs485', new Fault('driver/altered'), {
    samples: () => told.push('samples'),
    failed: (_, fault) => told.push(fault.code),
    availability: (_, online) => told.push(online),
  });
  device.start();
  device.pause();
  device.resume();
  expect(told).toEqual(['driver/altered', false]);
  expect(device).toMatchObject({ loaded: false, points: [], allow: [] });
  expect(device.snapshot()).toMatchObject({ health: 'unloaded', fault: 'driver/altered', readings: 0 });
  await expect(device.read()).rejects.toMatchObject({ code: 'command/unloaded' });
  await expect(device.write()).rejects.toMatchObject({ code: 'command/unloaded' });
});
