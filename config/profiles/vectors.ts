import type { Driver, RegisterContents } from '../../drivers/contract/driver.ts';
import type { Sample } from '../../drivers/contract/reading.ts';
import { type DeviceSetup, decodedBy } from '../../drivers/registry/loader.ts';
import type { Finding } from '../problem.ts';
import { asText, get, type Mapping } from '../source/data.ts';
import type { Vector } from './schema.ts';

/** The readings of the vectors' registers, compared with the values that they should give. */
export function vectorFindings(driver: Driver, setup: DeviceSetup, vectors: readonly Vector[]): readonly Finding[] {
  const names = new Set(setup.points.map((point) => get(point, 'name')));
  return vectors.flatMap((vector, place) => {
    const path = ['vectors', place];
    const contents = contentsOf(vector);
    if (typeof contents === 'string') return [{ path, message: contents }];
    const samples = new Map(decodedBy(driver, setup, contents).map((sample) => [sample.point, sample]));
    return Object.entries(vector.values).flatMap(([name, value]): readonly Finding[] => {
      const at = [...path, 'values', name];
      if (!names.has(name)) return [{ path: at, message: 'must be the name of a point of the profile', at: 'key' }];
      const sample = samples.get(name);
      if (sample === undefined) {
        return [{ path: at, message: 'its registers, or those of its scaleFrom, are not among those given' }];
      }
      return isSame(sample, value) ? [] : [{ path: at, message: `the registers give ${told(sample)}` }];
    });
  });
}

function contentsOf({ register, address, registers, bits }: Vector): RegisterContents | string {
  const isBit = register === 'coil' || register === 'discrete';
  const written = isBit ? bits : registers;
  if (written === undefined || (isBit ? registers : bits) !== undefined) {
    return isBit ? 'must have bits, and no registers' : 'must have registers, and no bits';
  }
  const bytes = isBit
    ? Uint8Array.from(written, Number)
    : Uint8Array.from(written.replaceAll(' ', '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  return { register, address, bytes };
}

function isSame({ value, exact }: Sample, wanted: Vector['values'][string]): boolean {
  return typeof wanted === 'bigint' ? exact === String(wanted) : value === wanted;
}

/** A text comes from the registers of the same file; it may hold what no terminal should see. */
function told({ value, exact }: Sample): string {
  return typeof value === 'string' ? 'another text' : (exact ?? String(value));
}

/** The types of the points of which no vector shows a value. */
export function unprovenTypes(points: readonly Mapping[], vectors: readonly Vector[]): readonly string[] {
  const proven = new Set(vectors.flatMap(({ values }) => Object.keys(values)));
  const typesOf = (some: readonly Mapping[]) => new Set(some.flatMap((point) => asText(get(point, 'type')) ?? []));
  const shown = typesOf(points.filter((point) => proven.has(asText(get(point, 'name')) ?? '')));
  return [...typesOf(points)].filter((type) => !shown.has(type));
}
