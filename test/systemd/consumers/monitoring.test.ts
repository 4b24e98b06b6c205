import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { familiesOf } from '../../../agent/metrics/family.ts';
import { OWN_FAMILIES } from '../../../agent/metrics/samples.ts';
import { statusJsonSchema } from '../../../agent/status/schema.ts';

const FOLDER = join(import.meta.dirname, '..', '..', '..', 'systemd', 'consumers');
const RULES = join(FOLDER, 'prometheus', 'fieldward.rules.yml');
const PROMTOOL = '/usr/bin/promtool';
const families = new Map([...OWN_FAMILIES, ...familiesOf(statusJsonSchema())].map((each) => [each.name, each]));

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}

const { groups } = parse(readFileSync(RULES, 'utf8')) as { groups: readonly { rules: readonly Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(readFileSync(join(FOLDER, 'grafana', 'health.json'), 'utf8'));
const queries: readonly string[] = [
  ...dashboard.panels.flatMap((panel: { targets: readonly { expr: string }[] }) =>
    panel.targets.map(({ expr }) => expr),
  ),
  ...dashboard.templating.list.map((variable: { query: { query: string } }) => variable.query.query),
];

/** The metrics that an expression names. */
const metricsIn = (expr: string) => [...expr.matchAll(/\bfieldward_[a-z0-9_]+/g)].map(([name]) => name);

describe('what is shipped for Prometheus', () => {
  it('has six alerts, each with a severity and words', () => {
    expect(rules).toHaveLength(6);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(6);
    for (const { labels, annotations } of rules) {
      expect(['warning', 'critical']).toContain(labels.severity);
      expect(annotations.summary).toContain('{{ $labels.gateway }}');
      expect(annotations.description).not.toBe('');
    }
  });

  it.each([...rules.map(({ expr }) => expr), ...queries])('asks for what the agent tells: %s', (expr) => {
    const names = metricsIn(expr);
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) {
      expect(families.has(name), name).toBe(true);
      // counters are looked at by how they grow, and nothing else is
      const grows = new RegExp(`(?:rate|increase)\\(${name}\\b`).test(expr);
      expect(grows, name).toBe(families.get(name)?.type === 'counter');
    }
  });

  it.skipIf(!existsSync(PROMTOOL))('is in order for promtool', () => {
    const { status, stderr } = spawnSync(PROMTOOL, ['check', 'rules', RULES], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });
});

it('the dashboard places each panel by itself', () => {
  const ids = dashboard.panels.map(({ id }: { id: number }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});
