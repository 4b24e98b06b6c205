import type { Driver } from '../../drivers/contract/driver.ts';
import type { Value } from '../../drivers/contract/reading.ts';
import type { Finding } from '../problem.ts';
import { get, type Mapping } from '../source/data.ts';
import { validated } from '../source/words.ts';
import type { Probe } from './schema.ts';

/** The value that a probe reads has no name; a driver's points have one. */
const PROBED = 'probed';

/** The faults of a profile's probe. */
export function probeFindings(driver: Driver, points: readonly Mapping[], probe: readonly Probe[]): readonly Finding[] {
  const names = new Set(points.map((point) => get(point, 'name')));
  return probe.flatMap((each, place): readonly Finding[] => {
    const path = ['probe', place];
    if ((each.point === undefined) === (each.read === undefined)) return [{ path, message: 'must have point or read' }];
    const expected = [each.between, each.equals, each.beginsWith].filter((one) => one !== undefined);
    if (expected.length !== 1) return [{ path, message: 'must have one of between, equals and beginsWith' }];
    if (each.between !== undefined && each.between[0] > each.between[1]) {
      return [{ path: [...path, 'between'], message: 'must be [least, most]' }];
    }
    if (each.ifTold === true && each.between !== undefined) {
      return [{ path: [...path, 'ifTold'], message: 'must not be beside between' }];
    }
    if (each.point !== undefined && !names.has(each.point)) {
      return [{ path: [...path, 'point'], message: 'must be the name of a point of the profile' }];
    }
    if (each.read === undefined) return [];
    if (each.read.name !== undefined) return [{ path: [...path, 'read', 'name'], message: 'must not be here' }];
    const checked = validated(driver.point, { name: PROBED, ...each.read }, [...path, 'read']);
    return checked.ok ? [] : checked.findings;
  });
}

/** The point that a part of a probe reads, as a config would have it. */
export function probedPoint(points: readonly Mapping[], { point, read }: Probe, name: string): Mapping {
  const found = read ?? points.find((each) => get(each, 'name') === point) ?? {};
  const { writable: _, ...reading } = found;
  return { ...reading, name };
}

/** Whether what was read is what this part of a probe expects. */
export function meets({ between, equals, beginsWith }: Probe, value: Value): boolean {
  if (between !== undefined) return typeof value === 'number' && value >= between[0] && value <= between[1];
  if (equals !== undefined) return equals.some((each) => each === value);
  return typeof value === 'string' && (beginsWith ?? []).some((start) => value.startsWith(start));
}

/** Whether a probe names its model, and does not only admit it. */
export function isCertain(probe: readonly Probe[]): boolean {
  return probe.some(({ between, ifTold }) => between === undefined && ifTold !== true);
}
