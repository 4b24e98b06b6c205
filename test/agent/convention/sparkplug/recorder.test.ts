import { describe, expect, it } from 'vitest';
import { EdgeNode } from '../../../../agent/convention/sparkplug/edge-node.ts';
import type { ReadMetric } from './decode.ts';
import { broken, type Recorded, RULES, recorded } from './recorder.ts';

const NODE = { group: 'G', id: 'n' };
const NOW = Date.UTC(2026, 10, 30);

/** NBIRTH, DBIRTH, DDATA, NDATA, DDEATH, NDEATH. */
function session(): Recorded[] {
  const points = [
    { name: 'power', type: 'number', writable: false },
    { name: 'relay', type: 'boolean', writable: false },
  ] as const;
  const node = new EdgeNode({
    ...{ groupId: 'G', edgeNodeId: 'n', version: '1', aliases: true },
    devices: [{ id: 'meter', identity: {}, points }],
  });
  const value = (point: string, given: number | boolean, at: number) => {
    return { point, value: given, quality: 'good', at } as const;
  };
  const messages = [
    node.birth(3, { uptime: 1, held: 0 }, NOW),
    node.deviceBirth('meter', [], NOW),
    node.deviceData('meter', [value('power', 1, NOW), value('relay', true, NOW)], false, NOW),
    node.nodeData({ held: 2 }, NOW),
    node.deviceDeath('meter', NOW),
    node.death(3, NOW),
  ];
  return [...recorded(messages.map((message) => ({ ...message, bytes: message.payload as Uint8Array })))];
}

type Break = (messages: Recorded[]) => void;

const change = (at: number, more: Partial<Recorded>) => (messages: Recorded[]) => {
  messages[at] = { ...(messages[at] as Recorded), ...more };
};
const payload = (at: number, more: Partial<Recorded['payload']>): Break => {
  return (messages) => change(at, { payload: { ...(messages[at] as Recorded).payload, ...more } })(messages);
};
const metric = (at: number, index: number, more: Partial<ReadMetric>): Break => {
  return (messages) => {
    const { metrics } = (messages[at] as Recorded).payload;
    payload(at, { metrics: metrics.map((each, i) => (i === index ? { ...each, ...more } : each)) })(messages);
  };
};

const BREAKS: Readonly<Record<(typeof RULES)[number], readonly Break[]>> = {
  'topic-structure': [change(0, { topic: 'spAv1.0/G/NBIRTH/n' }), change(2, { topic: 'spBv1.0/H/DDATA/n/meter' })],
  'device-level': [change(0, { device: 'meter' }), change(2, { device: undefined })],
  retain: [change(1, { retain: true })],
  qos: [change(0, { qos: 1 }), change(2, { qos: 1 })],
  'death-qos': [change(5, { qos: 0 })],
  timestamp: [payload(2, { timestamp: undefined }), payload(2, { timestamp: 1_764_500_000 })],
  'death-seq': [payload(5, { seq: 5 })],
  'death-payload': [payload(5, { metrics: [] })],
  'death-number': [metric(5, 0, { value: 4 })],
  'birth-seq': [payload(0, { seq: 1 }), payload(0, { seq: undefined })],
  'birth-number': [metric(0, 0, { value: 256 }), metric(0, 0, { name: 'bdseq' })],
  'rebirth-metric': [metric(0, 1, { value: true }), metric(0, 1, { alias: 77 })],
  'node-first': [(messages) => messages.splice(0, 1), (messages) => messages.splice(1, 1)],
  seq: [payload(3, { seq: 9 }), payload(3, { seq: undefined }), (messages) => messages.splice(3, 1)],
  'birth-type': [metric(1, 0, { type: undefined })],
  'birth-name': [metric(1, 0, { name: undefined })],
  'metric-time': [metric(2, 0, { timestamp: undefined })],
  null: [metric(1, 0, { isNull: false }), metric(2, 0, { isNull: true })],
  'metric-names': [metric(1, 0, { name: 'Relay' })],
  'alias-unique': [metric(1, 0, { alias: 1 })],
  'data-type': [metric(2, 0, { type: 'Double' })],
  'data-name': [metric(2, 0, { alias: undefined }), metric(2, 0, { name: 'power' })],
  'data-known': [metric(2, 0, { alias: 99 })],
  'data-change': [payload(2, { metrics: [] })],
  'data-order': [metric(2, 1, { timestamp: NOW - 1 })],
  properties: [metric(2, 0, { properties: { Quality: { type: 'Int32', value: 1 } } })],
};

describe('the recorder', () => {
  it('finds nothing in a session that keeps the rules', () => {
    expect(broken(session(), NODE)).toEqual([]);
  });

  it.each(RULES)('finds a session that breaks %s', (rule) => {
    expect(BREAKS[rule].length).toBeGreaterThan(0);
    for (const breaks of BREAKS[rule]) {
      const messages = session();
      breaks(messages);
      expect(broken(messages, NODE).map((fault) => fault.replace(/^\d+ \w+: /, ''))).toContain(rule);
    }
  });
});
