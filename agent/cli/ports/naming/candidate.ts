import { isCertain, probedPoint } from '../../../../config/profiles/probes.ts';
import type { Probe, Profile } from '../../../../config/profiles/schema.ts';
import type { Mapping } from '../../../../config/source/data.ts';
import { point as modbusPoint, type RegisterKind, widthOf } from '../../../../drivers/modbus/point.ts';
import { USUAL_BASES } from '../../../../drivers/modbus/sunspec/limits.ts';

/** Registers that one request reads. Addresses are zero-based. */
export interface RegisterRead {
  readonly kind: RegisterKind;
  readonly address: number;
  readonly count: number;
}

/** One value that a probe looks at. */
export interface ProbedPart {
  readonly read: RegisterRead;
  /** Of the config, with its orders, and no name. */
  readonly point: Mapping;
  readonly expected: Probe;
  /** Equal where the same value is looked at. */
  readonly key: string;
}

/** A model that a unit may be. All of its parts must hold. */
export interface LikelyModel {
  /** Undefined: a SunSpec device, whose list of models begins at `base`. */
  readonly profile: Profile | undefined;
  readonly base?: number;
  readonly parts: readonly ProbedPart[];
  /** Its parts name it; else they only admit it, and other models may hold the same. */
  readonly certain: boolean;
  /** How common such devices are, against a single profile. */
  readonly weight: number;
}

/** Registers that must be plausible together before a model counts as found: a small number in one or two is no proof. */
const TELLING_REGISTERS = 3;

/** `SunS` (SunSpec Device Information Model Specification). */
const MARKER = 0x5375_6e53;

/** Inverters of all makers have it, nearly all at the first place. */
const SUNSPEC_WEIGHTS = [5, 1, 1];

/** Whether a match of the candidate is more than a chance: then only candidates that match so far are looked at further. */
export function isTelling({ certain, parts }: LikelyModel): boolean {
  return certain || parts.reduce((sum, { read }) => sum + read.count, 0) >= TELLING_REGISTERS;
}

/** The candidate of a profile; undefined where it has no probe. */
export function profileCandidate(profile: Profile): LikelyModel | undefined {
  const { probe, points, options } = profile;
  if (probe === undefined) return undefined;
  const orders = { wordOrder: options.wordOrder, byteOrder: options.byteOrder };
  const parts = probe.flatMap((expected) => partOf(probedPoint(points, expected, 'probed'), orders, expected));
  if (parts.length < probe.length) return undefined;
  return { profile, parts, certain: isCertain(probe), weight: 1 };
}

/** SunSpec's marker, at each of the places where it may stand. */
export function sunspecCandidates(): readonly LikelyModel[] {
  return USUAL_BASES.map((base, place) => ({
    profile: undefined,
    base,
    parts: partOf({ name: 'probed', register: 'holding', address: base, type: 'uint32' }, {}, { equals: [MARKER] }),
    certain: true,
    weight: SUNSPEC_WEIGHTS[place] ?? 1,
  }));
}

function partOf(point: Mapping, orders: Mapping, expected: Probe): readonly ProbedPart[] {
  const set = Object.fromEntries(
    Object.entries({ ...orders, ...point }).filter(([key, value]) => key !== 'name' && value !== undefined),
  );
  const checked = modbusPoint.safeParse({ name: 'probed', ...set });
  if (!checked.success) return [];
  const { register: kind, address } = checked.data;
  const read = { kind, address, count: widthOf(checked.data) };
  return [{ read, point: set, expected, key: JSON.stringify(Object.entries(set).sort()) }];
}
