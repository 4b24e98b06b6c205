import type { SimulatedMeter } from './mbus-bus.ts';
import { bcd, date, dateTime, integer, record, text } from './mbus-records.ts';

/** A heat meter in a cellar, of two telegrams: its counters in the first, its day of billing in the second. */
export function heatMeter(primary: number, id: string, now: () => number): SimulatedMeter {
  const birth = now();
  return {
    ...{ primary, id, manufacturer: 'FWD', version: 1, medium: 4 },
    telegrams() {
      const at = now();
      const hours = (at - birth) / 3_600_000;
      const power = 8400 + 1200 * Math.sin(at / 97_000);
      const [flow, back] = [68.4 + Math.sin(at / 61_000), 41.2 + Math.sin(at / 83_000)];
      const energy = 48_213 + (hours * power) / 1000;
      return [
        [
          ...record([0x0c], [0x78], bcd(Number(id), 4)),
          ...record([0x04], [0x6d], dateTime(at)),
          ...record([0x0c], [0x06], bcd(energy, 4)),
          ...record([0x0c], [0x14], bcd(148_031 + hours * 27, 4)),
          ...record([0x0b], [0x2d], bcd(power / 100, 3)),
          ...record([0x0b], [0x3b], bcd(270 + 30 * Math.sin(at / 97_000), 3)),
          ...record([0x0a], [0x5a], bcd(flow * 10, 2)),
          ...record([0x0a], [0x5e], bcd(back * 10, 2)),
          ...record([0x0b], [0x61], bcd((flow - back) * 100, 3)),
          ...record([0x02], [0x27], integer(1131 + hours / 24, 2)),
          ...record([0x02], [0xfd, 0x17], integer(0, 2)),
        ],
        [
          ...record([0x42], [0x6c], date(Date.UTC(new Date(at).getUTCFullYear() - 1, 11, 31))),
          ...record([0x4c], [0x06], bcd(41_007, 4)),
          ...record([0x1b], [0x2d], bcd(214, 3)),
          ...record([0x0d], [0xfd, 0x0c], text('FW-H2')),
        ],
      ];
    },
  };
}

/** A water meter with a battery. */
export function waterMeter(primary: number, id: string, now: () => number): SimulatedMeter {
  const birth = now();
  return {
    ...{ primary, id, manufacturer: 'FWD', version: 7, medium: 7, status: 0x04 },
    telegrams: () => [
      [
        ...record([0x0c], [0x78], bcd(Number(id), 4)),
        ...record([0x04], [0x13], integer(91_734 + (now() - birth) / 60_000, 4)),
        ...record([0x4c], [0x13], bcd(88_410, 4)),
        ...record([0x02], [0x3b], integer(60 + 60 * Math.sin(now() / 31_000), 2)),
      ],
    ],
  };
}
