import type { Value } from '../../../drivers/contract/reading.ts';

interface Expectation {
  readonly log: string;
  /** Through the first sentence that begins with this. */
  readonly through: string;
  /** gpsd's reading of the same log (its `.log.chk`): TPV in degrees, metres and m/s, SKY for the satellites. */
  readonly values: Readonly<Record<string, Value>>;
}

/** gpsd prints 9 decimals of a degree, 3 of m/s, 4 of metres: compare no closer than that. */
export const ORACLE: readonly Expectation[] = [
  {
    log: 'navisys-gr8013-w.log',
    through: '$GLGSV,3,3',
    values: {
      latitude: 52.514809167,
      longitude: 13.464265167,
      altitude: 62.6,
      'geoid-separation': 42.1,
      speed: 0.016,
      'satellites-used': 12,
      hdop: 0.93,
      pdop: 1.59,
      vdop: 1.29,
      'gps-in-view': 14,
      'fix-type': '3d',
    },
  },
  {
    log: 'quectel-l70.log',
    through: '$GPGSV,4,4',
    values: {
      utc: '2022-03-09T15:01:21.000Z',
      latitude: 51.068098333,
      longitude: -114.095646667,
      altitude: 1102.3,
      'geoid-separation': -17.5,
      course: 194.17,
      speed: 0.031,
      'satellites-used': 8,
      hdop: 0.94,
      pdop: 1.49,
      vdop: 1.15,
      'gps-in-view': 13,
      'fix-quality': 'dgps',
    },
  },
  {
    log: 'garmin-38.log',
    through: '$GPGLL,3348.452,N,11821.143',
    values: {
      latitude: 33.807533333,
      longitude: -118.352383333,
      altitude: 38.4,
      'geoid-separation': -32.4,
      course: 353.6,
      speed: 0,
      'magnetic-variation': 13.8,
      'satellites-used': 5,
      hdop: 1.8,
      pdop: 3.3,
      vdop: 2.8,
      'gps-in-view': 8,
    },
  },
  {
    log: 'trimble-rtk.log',
    through: '$GPRMC,132820.60',
    values: {
      utc: '2020-03-18T13:28:20.600Z',
      latitude: 41.574970205,
      longitude: -93.750558641,
      altitude: 278.02,
      'geoid-separation': -31.442,
      course: 92.308,
      speed: 1.673,
      'differential-age': 7.6,
      'satellites-used': 9,
    },
  },
  {
    log: 'trimble-rtk.log',
    through: '$GNRMC,133900.90',
    values: {
      utc: '2020-03-18T13:39:00.900Z',
      latitude: 41.575030049,
      longitude: -93.75059781,
      altitude: 280.833,
      course: 0,
      speed: 0.003,
      'differential-age': 6.9,
      'satellites-used': 19,
      'fix-quality': 'rtk',
    },
  },
];
