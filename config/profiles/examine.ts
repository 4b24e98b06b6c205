import type { Driver } from '../../drivers/contract/driver.ts';
import { FAULTS } from '../../drivers/contract/faults.ts';
import { familyOf } from '../../drivers/registry/folders.ts';
import { conflictsOf, type DeviceSetup, tryCreate } from '../../drivers/registry/loader.ts';
import { meaningRules } from '../meaning.ts';
import { type Finding, formatPath, type Problem, sortProblems } from '../problem.ts';
import { interlockRules, interlockValueRules, type PlacedPoint } from '../rules/write-limits.ts';
import { asText, freezeDeep, get } from '../source/data.ts';
import { hasKey } from '../source/known-keys.ts';
import { validated } from '../source/words.ts';
import { parseYaml } from '../source/yaml.ts';
import { probeFindings } from './probes.ts';
import type { Profile } from './schema.ts';
import { profileSchema } from './schema.ts';
import { unprovenTypes, vectorFindings } from './vectors.ts';

/** A profile's text, and the driver and the name by which it is judged. */
export interface Candidate {
  readonly text: string;
  /** As it is named in problems. */
  readonly file: string;
  readonly name: string;
  /** One of its family. */
  readonly driver: Driver;
}

export interface Examination {
  /** Absent where there are problems. */
  readonly profile: Profile | undefined;
  /** By place, at most 100. */
  readonly problems: readonly Problem[];
  /** Settings that are allowed, and leave something unproven. */
  readonly warnings: readonly Problem[];
}

/** The profile is no device on a line; its driver wants to know one all the same. */
const ANY_LINE = { baudRate: 9600, characterMs: 11_000 / 9600 };

/** Checks a profile whole: its keys, its points and options by the driver, its probe, and its test vectors. */
export function examineProfile(candidate: Candidate): Examination {
  const { text, file, name, driver } = candidate;
  const source = parseYaml(text);
  const place = ({ path, message, at }: Finding): Problem => {
    return { file, ...source.locate(path, at ?? 'value'), path: formatPath(path), message };
  };
  const refused = (problems: readonly Problem[]): Examination => {
    return { profile: undefined, problems: sortProblems(problems).slice(0, MOST), warnings: [] };
  };
  if (source.problems.length > 0) {
    return refused(source.problems.map(({ position, message }) => ({ file, ...position, path: '', message })));
  }
  const checked = validated(profileSchema, source.data, []);
  if (!checked.ok) return refused(checked.findings.slice(0, MOST).map(place));
  // frozen, because all devices of the model share it
  const found = freezeDeep({ ...checked.data, name, driver: familyOf(driver.name) });
  const findings = contentFindings(driver, found);
  if (findings.length > 0) return refused(findings.slice(0, MOST).map(place));
  return { profile: found, problems: [], warnings: sortProblems(doubts(found).map(place)) };
}

/** As many as of a config. */
const MOST = 100;

function contentFindings(driver: Driver, profile: Profile): readonly Finding[] {
  const placed = profile.points.map((point, index): PlacedPoint => ({ point, place: ['points', index] }));
  const options = { ...(hasKey(driver.options, 'unit') ? { unit: 1 } : {}), ...profile.options };
  const checked = validated(driver.options, options, ['options']);
  const alone = [
    ...(checked.ok ? [] : checked.findings),
    ...ofDevice(profile),
    ...placed.flatMap(({ point, place }) => {
      const result = validated(driver.point, point, place);
      return result.ok ? [] : result.findings;
    }),
    ...repeated(placed),
    ...interlockRules(placed),
    ...probeFindings(driver, profile.points, profile.probe ?? []),
  ];
  if (alone.length > 0) return alone;
  const setup: DeviceSetup = { options, points: profile.points, line: ANY_LINE };
  const conflicts = conflictsOf(driver, setup).map(({ at, message }): Finding => {
    return { path: ['points', at.point, at.key], message };
  });
  if (conflicts.length > 0) return conflicts;
  const made = tryCreate(driver, setup);
  if (made.state !== 'made') return [{ path: ['points'], message: `${FAULTS[made.fault.code].message}` }];
  const meaning = [...interlockValueRules(placed, made.device), ...meaningRules(placed, made.device.points)];
  return meaning.length > 0 ? meaning : vectorFindings(driver, setup, profile.vectors);
}

/** Options that belong to one device, and not to a model. */
function ofDevice({ options }: Profile): readonly Finding[] {
  const own = ['unit', 'anyUnit', 'profile'].filter((key) => Object.hasOwn(options, key));
  return own.map((key) => ({
    path: ['options', key],
    message: 'belongs to a device, and not to its profile',
    at: 'key',
  }));
}

function repeated(placed: readonly PlacedPoint[]): readonly Finding[] {
  const seen = new Set<unknown>();
  return placed.flatMap(({ point, place }) => {
    const name = asText(get(point, 'name'));
    if (name !== undefined && seen.has(name)) {
      return [{ path: [...place, 'name'], message: 'another point of the profile has this name' }];
    }
    seen.add(name);
    return [];
  });
}

function doubts({ sources, points, vectors }: Profile): readonly Finding[] {
  const findings: Finding[] = unprovenTypes(points, vectors).map((type) => {
    return { path: ['vectors'], message: `no test vector shows a value of type ${type}` };
  });
  if (sources.length < 2) findings.push({ path: ['sources'], message: 'a second source would confirm the first' });
  return findings;
}
