import { describe, expect, it } from 'vitest';
import { openCatalogue } from '../../drivers/registry/loader.ts';
import { good, problems, warnings } from './support.ts';

const given = { catalogue: openCatalogue() };

/** A meter with a battery on an M-Bus. @param device further keys of it */
function meter(device: string, port = 'baudRate: 2400, parity: even', throttle = ''): string {
  return `gateway: gw
mqtt: { url: 'mqtt://127.0.0.1' }
buses:
  - id: heat
    port: { path: /dev/ttyS0, ${port} }
${throttle}
    devices:
      - id: cellar
        driver: mbus
        ${device}
`;
}

describe('a device whose battery pays for each poll', () => {
  const deviceOf = async (device: string) => (await good(meter(device), given)).config.buses[0]?.devices[0];

  it('is polled no more often than its driver lets it, also where the file names no period', async () => {
    expect(await deviceOf('options: { address: 5 }')).toMatchObject({ pollMs: 900_000, staleAfterMs: 2_700_000 });
    expect(await deviceOf('options: { address: 5 }\n        pollMs: 1000')).toMatchObject({
      pollMs: 900_000,
      staleAfterMs: 2_700_000,
    });
    expect(await deviceOf('options: { address: 5, minPollMs: 0 }')).toMatchObject({
      pollMs: 1000,
      staleAfterMs: 10_000,
    });
    expect(await deviceOf('options: { address: 5 }\n        pollMs: 3600000')).toMatchObject({
      pollMs: 3_600_000,
      staleAfterMs: 10_800_000,
    });
  });

  it('keeps the age that the file gives it', async () => {
    expect(await deviceOf('options: { address: 5 }\n        staleAfterMs: 7200000')).toMatchObject({
      pollMs: 900_000,
      staleAfterMs: 7_200_000,
    });
  });

  it('is warned of where the file wants it more often', async () => {
    // of the line's own length something else is said
    const spoken = async (device: string) =>
      (await warnings(meter(device), given)).filter((each) => !each.includes('maxWaitMs'));
    const points = 'points: [{ name: energy, pollMs: 1000 }, { name: volume, pollMs: 3600000 }]';
    expect(await spoken(`options: { address: 5 }\n        pollMs: 60000\n        ${points}`)).toEqual([
      expect.stringContaining(
        'buses[0].devices[0].pollMs: is shorter than the driver lets this device be asked, which is every 900000 ms: see minPollMs of its options',
      ),
      expect.stringContaining('buses[0].devices[0].points[0].pollMs: is shorter than'),
    ]);
    expect(await spoken('options: { address: 5 }')).toEqual([]);
    expect(await spoken('options: { address: 5, minPollMs: 60000 }\n        pollMs: 60000')).toEqual([]);
  });

  it('is not stale before it is polled again', async () => {
    expect(await problems(meter('options: { address: 5 }\n        staleAfterMs: 600000'), given)).toEqual([
      expect.stringContaining('staleAfterMs: must be above pollMs'),
    ]);
  });
});

describe('the line of M-Bus meters', () => {
  const costOf = async (baudRate: number) => {
    const throttle = '    throttle: { maxRunMs: 600000 }';
    const loaded = await good(meter('options: { address: 5 }', `baudRate: ${baudRate}, parity: even`, throttle), given);
    return loaded.budgets.get('heat')?.devices[0];
  };

  it('carries what a readout costs at each speed', async () => {
    for (const [baudRate, usualMs, worstMs] of [
      [300, 3850, 75_000],
      [2400, 481, 10_000],
      [9600, 120, 3200],
    ] as const) {
      const cost = await costOf(baudRate);
      expect(cost?.pollMs).toBeGreaterThan(usualMs);
      expect(cost?.pollMs).toBeLessThan(usualMs * 1.2);
      expect(cost?.worstMs).toBeGreaterThan(worstMs / 2);
      expect(cost?.worstMs).toBeLessThan(worstMs * 2.2);
    }
  });

  it('fits the throttle’s bound at 2400 baud, and needs a larger one at 300', async () => {
    expect(await problems(meter('options: { address: 5 }'), given)).toEqual([]);
    expect(await problems(meter('options: { secondary: "24083001" }'), given)).toEqual([]);
    expect(await problems(meter('options: { address: 5 }', 'baudRate: 300, parity: even'), given)).toEqual([
      expect.stringContaining('throttle.maxRunMs'),
    ]);
  });

  it('takes the device of the interface’s page', async () => {
    const point = '{ name: heat-energy, record: 0, unit: Wh, quantity: energy, counts: total-increasing }';
    expect(
      await problems(meter(`options: { address: 5 }\n        pollMs: 3600000\n        points: [${point}]`), given),
    ).toEqual([]);
  });
});
