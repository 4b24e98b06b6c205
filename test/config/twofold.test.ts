import { expect, it } from 'vitest';
import { openCatalogue } from '../../drivers/registry/loader.ts';
import { good, problems, warnings } from './support.ts';

const given = { catalogue: openCatalogue() };
const TEMPERATURE = '{ name: temperature, register: 0xEDDB, type: int16, scale: 0.01, unit: °C }';

/** A charger on its cable. @param device further keys of it, or further devices */
const charger = (points: readonly string[], device = '') => `gateway: gw
mqtt: { url: 'mqtt://127.0.0.1' }
buses:
  - id: solar
    port: { path: /dev/ttyS0, baudRate: 19200 }
    devices:
      - id: mppt
        driver: vedirect
        points: [${points.join(', ')}]
${device}
`;

it('a device that talks and is asked has a share of its line, that of its registers', async () => {
  const { budgets, config } = await good(
    charger(['{ name: volts, label: V }', TEMPERATURE], '        pollMs: 2000'),
    given,
  );
  const budget = budgets.get('solar');
  expect(budget?.devices).toMatchObject([{ id: 'mppt', requests: 1, shortestPeriodMs: 2000 }]);
  // 200 ms of rest, 11 and 15 characters of 10 bits at 19200 baud, and a gap
  expect(budget?.cycleMs).toBeGreaterThan(213);
  expect(budget?.cycleMs).toBeLessThan(220);
  expect(config.buses[0]?.devices[0]).toMatchObject({ pollMs: 2000 });
  const talksOnly = await good(charger(['{ name: volts, label: V }']), given);
  expect(talksOnly.budgets.get('solar')?.devices).toEqual([]);
});

it('periods that the device can not keep, which takes five questions a second, are refused', async () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, at) => `{ name: r${at}, register: ${0xed00 + at}, type: uint8 }`);
  expect(await problems(charger(many(4)), given)).toEqual([]);
  expect(await problems(charger(many(5)), given)).toEqual([
    expect.stringContaining('devices[0].pollMs: the line can not keep this period: the polls of the bus need 1'),
  ]);
});

it('a period has an effect where registers are asked, and only there', async () => {
  const periods = '        pollMs: 2000\n        minGapMs: 500';
  expect(await warnings(charger(['{ name: volts, label: V }'], periods), given)).toEqual([
    expect.stringContaining('pollMs: has no effect: the device talks by itself'),
    expect.stringContaining('minGapMs: has no effect: the device talks by itself'),
  ]);
  const spoken = await warnings(charger([TEMPERATURE], periods), given);
  expect(spoken.filter((each) => each.includes('has no effect'))).toEqual([]);
  // a text is awaited for ten seconds, however seldom the registers are asked
  const seldom = '        pollMs: 60000\n        staleAfterMs: 10000';
  expect(await problems(charger(['{ name: volts, label: V }', TEMPERATURE], seldom), given)).toEqual([]);
});

it('a device that talks and is asked has its bus for itself', async () => {
  const second = '      - { id: other, driver: vedirect }';
  expect(await problems(charger([TEMPERATURE], second), given)).toEqual([
    expect.stringMatching(/devices\[1\]\.driver: can not share a bus: one device of it talks by itself and is asked/),
  ]);
  expect(await problems(charger(['{ name: volts, label: V }'], second), given)).toEqual([]);
});
