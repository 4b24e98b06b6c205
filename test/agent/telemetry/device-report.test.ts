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
