import type { Status } from '../status/schema.ts';
import type { Family } from './family.ts';

/** Series of one gateway: about 400 devices; series beyond them are left out, and counted. */
export const MOST_SERIES = 10_000;

/** Ids and words of closed lists alone. */
export type Labels = Readonly<Record<string, string>>;

export interface MetricSample {
  readonly labels: Labels;
  readonly value: number;
}

export interface ToldFamily {
  readonly family: Family;
  readonly samples: readonly MetricSample[];
}

const LEFT_OUT: Family = {
  ...{ name: 'fieldward_metrics_left_out', type: 'gauge', unit: '1', kind: 'gauge', path: [], scale: 1 },
  help: `series beyond ${MOST_SERIES}, which are not told`,
};
const INFO: Family = {
  ...{ name: 'fieldward_info', type: 'gauge', unit: '1', kind: 'gauge', path: [], scale: 1 },
  help: 'always 1, with the version of the agent',
};

/** The families that are made beside those of the status's fields. */
export const OWN_FAMILIES: readonly Family[] = [INFO, LEFT_OUT];

/** The metrics of one status, in bounds. Pure. A value of null has no sample, as for a latency that is not known yet. */
export function metricsOf(families: readonly Family[], status: Status, gateway: string): readonly ToldFamily[] {
  const own = { gateway };
  let room = MOST_SERIES - OWN_FAMILIES.length;
  let leftOut = 0;
  const told = families.map((family) => {
    const all = samplesOf(family, status, own);
    const samples = all.slice(0, Math.max(0, room));
    room -= samples.length;
    leftOut += all.length - samples.length;
    return { family, samples };
  });
  const info = { family: INFO, samples: [{ labels: { ...own, version: status.version }, value: 1 }] };
  const beyond = { family: LEFT_OUT, samples: [{ labels: own, value: leftOut }] };
  return [info, ...told.filter(({ samples }) => samples.length > 0), beyond];
}

function samplesOf(family: Family, status: Status, own: Labels): readonly MetricSample[] {
  const [group, star, ...rest] = family.path;
  if (star !== '*') return sampleOf(family, at(status, family.path), own);
  if (group === 'buses') {
    return Object.entries(status.buses).flatMap(([bus, each]) => sampleOf(family, at(each, rest), { ...own, bus }));
  }
  return Object.entries(status.devices).flatMap(([device, each]) =>
    sampleOf(family, at(each, rest), { ...own, bus: each.bus, device }),
  );
}

function at(from: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key)
        ? (inner as Readonly<Record<string, unknown>>)[key]
        : undefined,
    from,
  );
}

function sampleOf({ kind, scale }: Family, found: unknown, labels: Labels): readonly MetricSample[] {
  if (found === null || found === undefined) return [];
  switch (kind) {
    case 'fault':
      return [{ labels: { ...labels, code: String(at(found, ['code'])) }, value: 1 }];
    case 'word':
      return [{ labels: { ...labels, state: String(found) }, value: 1 }];
    case 'length':
      return Array.isArray(found) ? [{ labels, value: found.length }] : [];
    default: {
      const number = typeof found === 'string' ? Date.parse(found) / 1000 : Number(found);
      // a product of decimal fractions, without its last doubtful digits
      return Number.isFinite(number) ? [{ labels, value: Number((number * scale).toPrecision(15)) }] : [];
    }
  }
}
