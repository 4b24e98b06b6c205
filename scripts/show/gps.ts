/** Half the length of the ferry's way, in minutes of an arc, and how long it takes there and back. */
const HALF_WAY = 3;
const THERE_AND_BACK = 600_000;
const MINUTE_OF_ARC = 1852;

/** What a receiver on a ferry off Trelleborg says in the second of this wall-clock time: GGA and RMC, ended by CR LF. */
export function sentencesAt(wall: number): string {
  const angle = (2 * Math.PI * (wall % THERE_AND_BACK)) / THERE_AND_BACK;
  const minutes = 18 + HALF_WAY * Math.sin(angle);
  const latitude = `55${minutes.toFixed(4).padStart(7, '0')}`;
  const metresPerSecond =
    (2 * Math.PI * HALF_WAY * MINUTE_OF_ARC * Math.abs(Math.cos(angle))) / (THERE_AND_BACK / 1000);
  const knots = (metresPerSecond * 3600) / MINUTE_OF_ARC;
  const course = Math.cos(angle) >= 0 ? '000.0' : '180.0';
  const at = new Date(wall).toISOString();
  const time = `${at.slice(11, 13)}${at.slice(14, 16)}${at.slice(17, 19)}.00`;
  const date = `${at.slice(8, 10)}${at.slice(5, 7)}${at.slice(2, 4)}`;
  return [
    `GPGGA,${time},${latitude},N,01309.5000,E,1,09,0.9,4.2,M,36.1,M,,`,
    `GPRMC,${time},A,${latitude},N,01309.5000,E,${knots.toFixed(1)},${course},${date},,,A`,
  ]
    .map((body) => `$${body}*${checksum(body)}\r\n`)
    .join('');
}

/** NMEA 0183: the exclusive or of everything between `$` and `*`. */
function checksum(body: string): string {
  let sum = 0;
  for (const character of body) sum ^= character.charCodeAt(0);
  return sum.toString(16).toUpperCase().padStart(2, '0');
}
