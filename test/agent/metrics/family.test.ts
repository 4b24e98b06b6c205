import { expect, it } from 'vitest';
import { familiesOf, fieldsOf } from '../../../agent/metrics/family.ts';
import { KINDS } from '../../../agent/metrics/kinds.ts';
import { OWN_FAMILIES } from '../../../agent/metrics/samples.ts';
import { statusJsonSchema } from '../../../agent/status/schema.ts';

const families = familiesOf(statusJsonSchema());
const all = [...OWN_FAMILIES, ...families];

it('every field of the status is decided on, and nothing else', () => {
  const paths = fieldsOf(statusJsonSchema()).map(({ path }) => path);
  expect(Object.keys(KINDS).sort()).toEqual([...paths].sort());
});

it('names are unique, of the form that Prometheus asks for, with the base unit and _total where they must be', () => {
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  for (const { name, type, unit, help } of all) {
    expect(name).toMatch(/^fieldward(_[a-z0-9]+)+$/);
    expect(name.endsWith('_total'), name).toBe(type === 'counter');
    const stem = name.replace(/_total$/, '');
    if (unit === 's') expect(stem, name).toMatch(/_seconds$/);
    if (unit === 'By') expect(stem, name).toMatch(/_bytes$/);
    expect(name).not.toMatch(/_(ms|milliseconds|days|kb|percent)(_|$)/);
    expect(help, name).not.toBe('');
    expect(help).not.toContain('\n');
  }
});

it.each([
  ['fieldward_uptime_seconds', 'gauge', 'uptimeS'],
  ['fieldward_timestamp_seconds', 'gauge', 'at'],
  ['fieldward_mqtt_reconnects_total', 'counter', 'mqtt.reconnects'],
  ['fieldward_mqtt_certificate_left_seconds', 'gauge', 'mqtt.certificateDaysLeft'],
  ['fieldward_outbox_bytes', 'gauge', 'outbox.bytes'],
  ['fieldward_outbox_written_bytes_total', 'counter', 'outbox.writtenBytes'],
  ['fieldward_bus_utilisation_ratio', 'gauge', 'buses.*.utilisation'],
  ['fieldward_bus_checksum_errors_total', 'counter', 'buses.*.checksumErrors'],
  ['fieldward_device_latency_seconds', 'gauge', 'devices.*.latencyMs'],
  ['fieldward_device_last_good_timestamp_seconds', 'gauge', 'devices.*.lastGoodAt'],
  ['fieldward_device_health', 'gauge', 'devices.*.health'],
  ['fieldward_process_rss_bytes', 'gauge', 'process.rssBytes'],
])('%s is a %s, from %s', (name, type, path) => {
  expect(families.find((each) => each.name === name)).toMatchObject({ type, path: path.split('.') });
});
