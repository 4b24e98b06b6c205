import { driver } from '../../../drivers/obis/sml/driver.ts';
import { meterTelegram } from '../../sim/sml-meter.ts';
import { type DecodeSubject, usualDevice } from './subject.ts';

const TELEGRAMS = 60;

/** A minute of a three-phase meter, its counters growing. */
export const smlSubjects: readonly DecodeSubject[] = [
  {
    name: 'sml',
    device: usualDevice(driver),
    telegrams: Array.from({ length: TELEGRAMS }, (_, second) =>
      meterTelegram(
        {
          energyImport: 15_337_616.5 + second * 0.4,
          energyExport: 1234.5,
          power: [500.5 + second, 420.25, -130.75],
          voltage: [230.1, 229.8, 231.4],
          current: [2.18, 1.83, 0.57],
          frequency: 50,
        },
        1_000_000 + second,
      ),
    ),
    peer: 'SmlProtocol',
  },
];
