import { driver } from '../../../drivers/obis/iec/driver.ts';
import { pushedTelegram } from '../../sim/iec-meter.ts';
import { type DecodeSubject, usualDevice } from './subject.ts';

const TELEGRAMS = 60;

/** The lines of a three-phase household meter for each second. */
function lines(second: number): readonly string[] {
  const kwh = (value: number) => `${(value + second / 3600).toFixed(7).padStart(16, '0')}*kWh`;
  const watts = (value: number) => `${(value + second).toFixed(2).padStart(9, '0')}*W`;
  return [
    '1-0:0.0.0*255(SIM-0001234)',
    `1-0:1.8.0*255(${kwh(32_942.5)})`,
    `1-0:2.8.0*255(${kwh(117.25)})`,
    `1-0:21.7.0*255(${watts(210.5)})`,
    `1-0:41.7.0*255(${watts(180.25)})`,
    `1-0:61.7.0*255(${watts(95.75)})`,
    `1-0:1.7.0*255(${watts(486.5)})`,
    '1-0:96.5.5*255(80)',
    '0-0:96.1.255*255(1SIM0001234)',
  ];
}

/** A minute of a meter of mode D. */
export const iecSubjects: readonly DecodeSubject[] = [
  {
    name: 'iec62056-21, mode d',
    device: usualDevice(driver, { mode: 'd' }),
    telegrams: Array.from({ length: TELEGRAMS }, (_, second) => pushedTelegram(second * 1000, lines(second))),
    peer: 'D0Protocol',
  },
];
