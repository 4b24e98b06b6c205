import { expect, it } from 'vitest';
import { familiesOf } from '../../agent/metrics/family.ts';
import { OWN_FAMILIES } from '../../agent/metrics/samples.ts';
import { statusJsonSchema } from '../../agent/status/schema.ts';
import { metricsPage } from '../../scripts/reference-pages/metrics-page.ts';

it('the page of metrics has each of them once', () => {
  const named = [...metricsPage().matchAll(/^\| `(fieldward_[a-z0-9_]+)`/gm)].map(([, name]) => name);
  const all = [...OWN_FAMILIES, ...familiesOf(statusJsonSchema())].map(({ name }) => name);
  expect(named.sort()).toEqual(all.sort());
});
