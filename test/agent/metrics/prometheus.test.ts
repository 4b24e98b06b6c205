import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { familiesOf } from '../../../agent/metrics/family.ts';
import { prometheusText } from '../../../agent/metrics/prometheus.ts';
import { MOST_SERIES, metricsOf } from '../../../agent/metrics/samples.ts';
import { statusJsonSchema } from '../../../agent/status/schema.ts';
import { buildStatus, type Snapshots } from '../../../agent/status/status.ts';
import { DEVICE, SNAPSHOTS } from '../status/snapshots.ts';

const PROMTOOL = '/usr/bin/promtool';
const families = familiesOf(statusJsonSchema());
const textOf = (changes: Partial<Snapshots> = {}) =>
  prometheusText(metricsOf(families, buildStatus({ ...SNAPSHOTS, ...changes }), 'gw'));

describe('the file of metrics', () => {
  it('says what the status says, in base units', () => {
    const lines = textOf().split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'fieldward_info{gateway="gw",version="0.1.0"} 1',
        'fieldward_uptime_seconds{gateway="gw"} 61',
        `fieldward_timestamp_seconds{gateway="gw"} ${SNAPSHOTS.wall / 1000}`,
        '# TYPE fieldward_mqtt_reconnects_total counter',
        'fieldward_mqtt_reconnects_total{gateway="gw"} 2',
        'fieldward_mqtt_connected{gateway="gw"} 0',
        'fieldward_mqtt_fault{gateway="gw",code="link/unreachable"} 1',
        `fieldward_mqtt_certificate_left_seconds{gateway="gw"} ${12 * 86_400}`,
        'fieldward_bus_utilisation_ratio{gateway="gw",bus="rs485-a"} 0.123',
        'fieldward_bus_open{gateway="gw",bus="gps"} 0',
        'fieldward_device_health{gateway="gw",bus="gps",device="gnss",state="offline"} 1',
        'fieldward_device_fault{gateway="gw",bus="gps",device="gnss",code="device/stale"} 1',
        'fieldward_metrics_left_out{gateway="gw"} 0',
      ]),
    );
    // a value of null has no series
    expect(lines.filter((line) => line.startsWith('fieldward_device_latency_seconds{'))).toHaveLength(1);
  });

  it('has HELP and TYPE before each family, no series twice, and ends with a line end', () => {
    const text = textOf();
    let family = '';
    const seen = new Set<string>();
    for (const line of text.trimEnd().split('\n')) {
      const [, kind, name = ''] = /^# (HELP|TYPE) (\S+) ./.exec(line) ?? [];
      if (kind === 'HELP') family = name;
      else if (kind === 'TYPE') expect(name).toBe(family);
      else {
        expect(line).toMatch(new RegExp(`^${family}\\{[a-z]+="[^"\\\\]*"(,[a-z]+="[^"\\\\]*")*\\} -?[0-9.e+]+$`));
        const series = line.slice(0, line.lastIndexOf(' '));
        expect(seen.has(series), series).toBe(false);
        seen.add(series);
      }
    }
    expect(text.endsWith('\n')).toBe(true);
  });

  it('holds no more series than its bound, and counts the rest', () => {
    const devices = Array.from({ length: 2000 }, (_, at) => ({ ...DEVICE, id: `meter-${at}` }));
    const lines = textOf({ devices })
      .trimEnd()
      .split('\n')
      .filter((line) => !line.startsWith('#'));
    expect(lines).toHaveLength(MOST_SERIES);
    expect(Number(lines.at(-1)?.split(' ').at(-1))).toBeGreaterThan(1000);
  });

  it.skipIf(!existsSync(PROMTOOL))('is in order for promtool', () => {
    const { status, stdout, stderr } = spawnSync(PROMTOOL, ['check', 'metrics'], { input: textOf(), encoding: 'utf8' });
    expect([status, stdout, stderr]).toEqual([0, '', '']);
  });
});
