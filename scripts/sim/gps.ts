/** Off Hamburg's landing stages; a boat goes round here. */
const CENTRE = { latitude: 53.5438, longitude: 9.966 };
const RADIUS = 150;
/** Seconds for one round. */
const ROUND = 300;
const SPEED = (2 * Math.PI * RADIUS) / ROUND;

/** Metres in a degree of latitude: 10 000 km from pole to equator, the metre's first definition. */
const METRES_PER_DEGREE = 10_000_000 / 90;

export interface GpsSituation {
  /** False: under a bridge, so that the sentences say that there is no fix. */
  readonly fixed: boolean;
}

/**
 * The sentences of a receiver in one second: GGA, RMC, GSA, GSV and VTG with right checksums, each ending in CR LF.
 * Pure.
 * @param at wall clock, milliseconds since 1970; also the place of the boat on its round
 */
export function gpsEpoch(at: number, situation: GpsSituation = { fixed: true }): readonly string[] {
  const bodies = situation.fixed ? fixedBodies(at) : unfixedBodies(at);
  return bodies.map((body) => `$${body}*${checksum(body)}\r\n`);
}

function fixedBodies(at: number): readonly string[] {
  const { time, date } = stamp(at);
  const angle = (2 * Math.PI * (at % (ROUND * 1000))) / (ROUND * 1000);
  const north = (RADIUS * Math.cos(angle)) / METRES_PER_DEGREE;
  const east = (RADIUS * Math.sin(angle)) / METRES_PER_DEGREE / Math.cos((CENTRE.latitude * Math.PI) / 180);
  const latitude = `${degreesAndMinutes(CENTRE.latitude + north, 2)},N`;
  const longitude = `${degreesAndMinutes(CENTRE.longitude + east, 3)},E`;
  // Clockwise round the centre: 90° ahead of the bearing from it.
  const course = (((angle * 180) / Math.PI + 90) % 360).toFixed(2);
  const altitude = (4 + 0.3 * Math.sin(8 * angle)).toFixed(1);
  const knots = ((SPEED * 3600) / 1852).toFixed(3);
  return [
    `GNGGA,${time},${latitude},${longitude},1,09,0.92,${altitude},M,44.6,M,,`,
    `GNRMC,${time},A,${latitude},${longitude},${knots},${course},${date},,,A`,
    'GNGSA,A,3,05,07,09,13,14,20,28,30,,,,,1.71,0.92,1.44',
    'GPGSV,3,1,10,05,38,289,41,07,62,205,44,09,28,236,39,13,51,285,43',
    'GPGSV,3,2,10,14,33,061,40,20,17,322,35,28,49,130,42,30,71,090,45',
    'GPGSV,3,3,10,08,05,173,,17,02,045,',
    `GNVTG,${course},T,,M,${knots},N,${(SPEED * 3.6).toFixed(3)},K,A`,
  ];
}

function unfixedBodies(at: number): readonly string[] {
  const { time, date } = stamp(at);
  return [
    `GNGGA,${time},,,,,0,00,99.99,,,,,,`,
    `GNRMC,${time},V,,,,,,,${date},,,N`,
    'GNGSA,A,1,,,,,,,,,,,,,99.99,99.99,99.99',
    'GPGSV,1,1,00',
    'GNVTG,,,,,,,,,N',
  ];
}

function stamp(at: number): { readonly time: string; readonly date: string } {
  const [year = '', month = '', day = '', hours = '', minutes = '', seconds = '', fraction = ''] = new Date(at)
    .toISOString()
    .split(/[-T:.Z]/);
  return { time: `${hours}${minutes}${seconds}.${fraction.slice(0, 2)}`, date: `${day}${month}${year.slice(2)}` };
}

function degreesAndMinutes(angle: number, width: number): string {
  // Whole steps of a hundred-thousandth of a minute first, so that 59.999999 never turns into 60.00000.
  const steps = Math.round(angle * 60 * 100_000);
  const degrees = Math.floor(steps / 6_000_000);
  const minutes = ((steps % 6_000_000) / 100_000).toFixed(5);
  return `${String(degrees).padStart(width, '0')}${minutes.padStart(8, '0')}`;
}

function checksum(body: string): string {
  let sum = 0;
  for (const character of body) sum ^= character.charCodeAt(0);
  return sum.toString(16).toUpperCase().padStart(2, '0');
}
