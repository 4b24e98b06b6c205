import { describe, expect, it } from 'vitest';
import { DeviceReport } from '../../../agent/telemetry/device-report.ts';
import type { FaultCode } from '../../../drivers/contract/faults.ts';

const report = () =>
  new DeviceReport({ id: 'gnss', points: [], heartbeatMs: 60_000, staleAfterMs: 10_000, pollMs: 1000 });

describe('the bad readings of a device', () => {
  it('are the first of a fault, each other fault, and the same again once in a heartbeat', () => {
    const device = report();
    expect(device.fail('device/silent', 0)).toBe(true);
    expect(device.fail('device/silent', 10)).toBe(false);
    expect(device.fail('port/lost', 20)).toBe(true);
    expect(device.fail('port/lost', 60_019)).toBe(false);
    expect(device.fail('port/lost', 60_020)).toBe(true);
  });

  it('are in the long run one a second, however fast the faults change', () => {
    const device = report();
    const codes: readonly FaultCode[] = ['nmea0183/checksum', 'framing/too-long'];
    let told = 0;
    for (let frame = 0; frame < 60_000; frame++) {
      if (device.fail(codes[frame % 2] ?? 'device/silent', frame)) told += 1;
    }
    expect(told).toBeGreaterThanOrEqual(60);
    expect(told).toBeLessThanOrEqual(71);
  });
});

describe('the values of a device', () => {
  const points = [
    { name: 'a', type: 'number', writable: false },
    { name: 'b', type: 'number', writable: false, deadband: 1 },
  ] as const;
  const of = (id: string) => new DeviceReport({ id, points, heartbeatMs: 60_000, staleAfterMs: 10_000, pollMs: 1000 });

  it('go out once in one reading, with the last that a poll gave', () => {
    const given = [1, 2].map((value) => ({ point: 'a', value }));
    expect(of('one').take(given, 0)).toEqual([{ quality: 'good', members: '"a":2' }]);
  });

  it('are its own, though devices of one model share what is known of their points', () => {
    const [one, other] = [of('one'), of('other')];
    one.take([{ point: 'a', value: 1 }], 0);
    expect(
      other.take(
        [
          { point: 'a', value: 2 },
          { point: 'b', value: 3 },
        ],
        0,
      ),
    ).toHaveLength(1);
    expect(one.take([{ point: 'b', value: 3 }], 0)).toEqual([{ quality: 'good', members: '"b":3' }]);
    expect(one.newest(0).members).toBe('"a":1,"b":3');
    expect(other.newest(0).members).toBe('"a":2,"b":3');
  });

  it('are news again after a fault, in spite of the deadband', () => {
    const device = of('one');
    expect(device.take([{ point: 'b', value: 3 }], 0)).toHaveLength(1);
    expect(device.take([{ point: 'b', value: 3 }], 1)).toHaveLength(0);
    device.fail('device/silent', 2);
    expect(device.take([{ point: 'b', value: 3 }], 3)).toHaveLength(1);
  });
});
