import type { RegisterContents, Setup } from '../contract/driver.ts';
import type { Sample } from '../contract/reading.ts';
import type { Options } from './options.ts';
import type { PointOptions } from './point.ts';
import { factorOf, mapped, registerSamples } from './read.ts';

/** The samples of the points that lie, with the point of their `scaleFrom`, in these contents as a whole. */
export function samplesIn(
  { options, points }: Setup<Options, PointOptions>,
  { register, address, bytes }: RegisterContents,
): readonly Sample[] {
  const isBit = register === 'coil' || register === 'discrete';
  const end = address + bytes.length / (isBit ? 1 : 2);
  const members = points
    .filter((point) => point.register === register)
    .map((point) => mapped(point, options, factorOf(point, points)))
    .filter(({ reach }) => reach.address >= address && reach.address + reach.count <= end);
  if (!isBit) return registerSamples(members, bytes, address);
  return members.map(({ point }) => ({ point: point.name, value: bytes[point.address - address] === 1 }));
}
