import { type Family, familiesOf } from '../../agent/metrics/family.ts';
import { MOST_SERIES, OWN_FAMILIES } from '../../agent/metrics/samples.ts';
import { statusJsonSchema } from '../../agent/status/schema.ts';
import { code, list, page, paragraph, plain, table } from './markdown.ts';

const UNITS: Readonly<Record<Family['unit'], string>> = { '1': '', s: 'seconds', By: 'bytes' };

/** By the key of the status. A test looks that none is missing. */
const SECTIONS: Readonly<Record<string, string>> = {
  '': 'The gateway',
  mqtt: 'The broker',
  conventions: 'Conventions',
  metrics: 'The metrics themselves',
  outbox: 'The outbox',
  buses: 'Buses',
  devices: 'Devices',
  commands: 'Commands',
  process: 'The process',
};

/** Every metric, from the schema of the status. */
export function metricsPage(): string {
  const families = [...OWN_FAMILIES, ...familiesOf(statusJsonSchema())];
  const sections = Object.entries(SECTIONS).flatMap(([section, words]) => {
    const rows = families.filter(({ path }) => sectionOf(path) === section).map(rowOf);
    return [`## ${words}`, table(['name', 'type', 'unit', 'labels beside `gateway`', 'of the status'], rows)];
  });
  return page(
    '# Metrics',
    paragraph(
      '`scripts/reference` makes this page from the schema of the status; a test compares the two. How to get them: [systemd/docs/metrics.md](../systemd/docs/metrics.md).',
    ),
    list([
      'Every metric is a field of the [status](TOPICS.md#status). Readings are no metrics.',
      'The names are the same in the file and in OTLP. Units are seconds, bytes and shares of 1. Counters end in `_total` and begin at 0 with each start of the agent.',
      'Every series has the label `gateway`. A field that is `null` has no series.',
      'With the label `state` or `code` there is one series, of value 1, for the word or the [fault](../drivers/FAULTS.md) that holds now. Where there is no fault there is no series.',
      `A gateway tells at most ${MOST_SERIES} series; \`fieldward_metrics_left_out\` counts the rest.`,
    ]),
    ...sections,
  );
}

/** The section of a field; those that lie in none are the gateway's. */
function sectionOf([group = '', ...rest]: Family['path']): string {
  return rest.length === 0 ? '' : group;
}

function rowOf(family: Family): readonly string[] {
  const { name, type, unit, help } = family;
  return [code(name), type, UNITS[unit], labelsOf(family).map(code).join(', '), plain(help)];
}

function labelsOf({ path, kind, name }: Family): readonly string[] {
  const [group] = path;
  const ids = group === 'devices' ? ['bus', 'device'] : group === 'buses' ? ['bus'] : [];
  const own = kind === 'fault' ? ['code'] : kind === 'word' ? ['state'] : [];
  return [...ids, ...own, ...(name === 'fieldward_info' ? ['version'] : [])];
}
