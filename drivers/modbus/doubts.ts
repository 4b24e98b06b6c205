import type { Doubt, PortFacts } from '../contract/driver.ts';
import { Once } from './once.ts';
import { type PointOptions, type RegisterKind, widthOf } from './point.ts';

/** The port that is registered for Modbus TCP (Modbus Messaging on TCP/IP V1.0b, 3.1.1). */
const MODBUS_TCP_PORT = 502;

/** Manuals number registers from 1, and put a digit for the kind before (V1.1b3, 4.4): 40001 is holding register 0. */
const NUMBERED: Readonly<Partial<Record<RegisterKind, number>>> = { discrete: 10_001, input: 30_001, holding: 40_001 };
const NUMBERS = 9_999;

/** The settings of points that are allowed and seldom meant. */
export function pointDoubts(points: readonly PointOptions[]): readonly Doubt[] {
  return DOUBTS.of(points, '', () => [...numbered(points), ...overlapping(points)]);
}

const DOUBTS = new Once<readonly PointOptions[], readonly Doubt[]>();

/** Of a transport that goes over a raw TCP port as over a line. */
export function serverDoubts({ tcpPort }: PortFacts): readonly Doubt[] {
  if (tcpPort !== MODBUS_TCP_PORT) return [];
  const message =
    'a server on port 502 speaks Modbus TCP as a rule, whose driver is `modbus-tcp`, and not the raw bytes of a line: see how the server is set';
  return [{ at: { port: 'tcpPort' }, message }];
}

/** Of RTU on a line, or over a raw TCP port. */
export function rtuDoubts(port: PortFacts): readonly Doubt[] {
  return [...lineDoubts(port), ...serverDoubts(port)];
}

function lineDoubts({ dataBits }: PortFacts): readonly Doubt[] {
  if (dataBits !== 7) return [];
  const message = 'Modbus RTU needs 8 data bits: of its bytes above 127 a bit is lost';
  return [{ at: { port: 'dataBits' }, message }];
}

/** One for each kind of register: a file that takes the manual's numbers takes them for all its points. */
function numbered(points: readonly PointOptions[]): readonly Doubt[] {
  return Object.entries(NUMBERED).flatMap(([register, first]) => {
    const found = [...points.entries()].filter(
      ([, point]) => point.register === register && point.address >= first && point.address < first + NUMBERS,
    );
    const [place] = found[0] ?? [];
    if (place === undefined) return [];
    const more = found.length === 1 ? '' : ` (and so with ${found.length - 1} more of these points)`;
    const message = `looks like the number that a manual gives it: addresses count from 0, so ${first} of a manual is ${register} 0${more}`;
    return [{ at: { point: place, key: 'address' }, message }];
  });
}

/** Points that share all their registers may be meant: two texts of one status. */
function overlapping(points: readonly PointOptions[]): readonly Doubt[] {
  const wide = [...points.entries()]
    .map(([place, point]) => ({ place, register: point.register, start: point.address, end: endOf(point) }))
    .filter(({ start, end }) => end - start > 1)
    .sort((a, b) => a.start - b.start || a.end - b.end || a.place - b.place);
  const furthest = new Map<string, { readonly start: number; readonly end: number }>();
  return wide.flatMap(({ place, register, start, end }) => {
    const before = furthest.get(register);
    if (before === undefined || end > before.end) furthest.set(register, { start, end });
    if (before === undefined || start >= before.end || (start === before.start && end === before.end)) return [];
    const message = 'lies partly in the registers of another point: check the addresses and the types of both';
    return [{ at: { point: place, key: 'address' }, message }];
  });
}

function endOf(point: PointOptions): number {
  return point.address + widthOf(point);
}
