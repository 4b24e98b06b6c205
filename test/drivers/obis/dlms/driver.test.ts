import { describe, expect, test } from 'vitest';
import { isDevice, isDriverNamed } from '../../../../drivers/registry/shape.ts';
import { DRIVERS } from '../../../../drivers/registry/table.ts';
import { axdr, dataNotification, hdlc } from '../../../../scripts/sim/dlms-encoder.ts';
import { hear, meter } from './meter.ts';

const POWER = axdr.array(axdr.structure(axdr.code('1.0.1.7.0.255'), axdr.u32(5), axdr.scalerUnit(0, 27)));

describe('the driver', () => {
  test('is in the table, of the form that the agent runs', async () => {
    const load = DRIVERS['dlms-push'];
    expect(isDriverNamed('dlms-push', (await load?.())?.driver)).toBe(true);
    expect(isDevice(meter())).toBe(true);
  });

  test('brings its usual points, each once, and tells changes only', () => {
    const { points } = meter();
    const names = points.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(
      expect.arrayContaining(['power-import', 'energy-import', 'voltage-l3', 'current-l2', 'meter-id', 'list-id']),
    );
    expect(names).not.toContain('gas');
    expect(points.every(({ deadband, writable }) => deadband === 0 && !writable)).toBe(true);
  });

  test('takes one point of each name', () => {
    expect(() => meter({ points: ['1-0:1.7.0', '1-0:1.7.0'] })).toThrow('the driver could not set up the device');
    expect(() => meter({ points: [{ name: 'nobody-knows' }] })).toThrow('refused');
  });

  test('says of readings without a checksum that they are uncertain, unless the framing is named', () => {
    const bare = dataNotification(POWER);
    const points = ['1-0:1.7.0'];
    expect(hear(meter({ points }), bare).samples).toEqual([
      { point: '1-0-1-7-0', value: 5, doubtful: true, remark: expect.stringContaining('framing: bare') },
    ]);
    expect(hear(meter({ points, framing: 'bare' }), bare).samples).toEqual([{ point: '1-0-1-7-0', value: 5 }]);
    expect(hear(meter({ points }), ...hdlc(bare)).samples).toEqual([{ point: '1-0-1-7-0', value: 5 }]);
  });

  test('passes over a telegram that feeds none of its points', () => {
    const told = hear(meter({ points: ['1-0:99.1.0'] }), ...hdlc(dataNotification(POWER)));
    expect(told).toMatchObject({ samples: [], faults: [], readings: 1 });
  });
});
