import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CONSUMERS, type FlowNode, flowFunction, shipped } from './files.ts';
import { thingsOf } from './openhab.ts';
import { telegrafOf } from './telegraf.ts';
import { parseToml } from './toml.ts';

const READING = {
  seq: 7,
  boot: 'b',
  at: '2026-11-23T10:15:02.113Z',
  ts: 1795428902113,
  quality: 'good',
  backfill: false,
};

describe('the checker of the Telegraf config', () => {
  it.each(['a = 1\na = 2', '[a]\n[a]', 'a', 'a = 1.5.2', '[[a]', 'a = "x', '[a]\n[[a]]'])('refuses %j', (text) => {
    expect(() => parseToml(text)).toThrow();
  });

  it('notices a path that leads nowhere, a key that is not known and levels that do not fit', () => {
    const text = shipped('telegraf/fieldward.conf');
    const ask = (conf: string) => telegrafOf(conf)('fieldward/gw/meter/readings', JSON.stringify(READING));
    expect(ask(text)).toMatchObject([{ measurement: 'fieldward_readings', tags: { gateway: 'gw', device: 'meter' } }]);
    expect(() => ask(text.replace('path = "backfill"', 'path = "backfilled"'))).toThrow('backfilled');
    expect(() => ask(text.replace('timestamp_path = "ts"', 'timestamp_path = "time"'))).toThrow('no time');
    expect(() => ask(text.replace('topic_tag', 'topictag'))).toThrow('topictag');
    expect(() => ask(text.replace('"_/gateway/device/_"', '"_/gateway/device"'))).toThrow('levels');
  });
});

describe('the things of openHAB', () => {
  const { channels } = thingsOf(shipped('openhab/fieldward.things'));
  const shown = (id: string, payload: string) => channels.find((each) => each.id === id)?.shown(payload);

  it('shows a value, and UNDEF where there is none', () => {
    expect(shown('voltage-l1', '230.1')).toBe('230.1');
    expect(shown('voltage-l1', 'null')).toBe('UNDEF');
    expect(shown('relay', 'true')).toBe('ON');
    expect(() => shown('relay', 'null')).toThrow();
  });

  it('has an item for each channel, and no item of another', () => {
    const linked = [...shipped('openhab/fieldward.items').matchAll(/channel="mqtt:topic:plant:([^"]+)"/g)];
    const own = channels.map(({ thing, id }) => `${thing}:${id}`);
    expect(linked.map(([, channel]) => channel).sort()).toEqual(own.sort());
  });
});

describe('the Node-RED flow', () => {
  const nodes: readonly FlowNode[] = JSON.parse(shipped('node-red/flow.json'));
  const byId = new Map(nodes.map((node) => [node.id, node]));

  it('leads every wire to a node of the flow, and every node to its broker', () => {
    expect(byId.size).toBe(nodes.length);
    for (const { wires = [], broker, z, type, outputs } of nodes) {
      for (const id of wires.flat()) expect(byId.get(id)?.z).toBe('fieldward-tab');
      if (broker !== undefined && type !== 'mqtt-broker') expect(byId.get(broker)?.type).toBe('mqtt-broker');
      if (z !== undefined) expect(byId.get(z)?.type).toBe('tab');
      if (type === 'function') expect(wires).toHaveLength(outputs);
    }
  });

  it('tells gaps, what fills them, repeats, and a gateway that was set up anew', () => {
    const order = flowFunction(byId.get('fieldward-order') as FlowNode);
    const notes = (seq: number, boot = 'b', ts = seq) => {
      const payload = { ...READING, seq, boot, ts, values: { power: 5 } };
      const [points, note] = order({ topic: 'fieldward/gw/meter/readings', payload }) as [
        object[] | null,
        { payload: { what: string; missing?: number } } | null,
      ];
      return [points?.length ?? 0, note?.payload.what];
    };
    expect(notes(10)).toEqual([1, undefined]);
    expect(notes(13)).toEqual([1, 'gap']);
    expect(notes(12)).toEqual([1, undefined]);
    expect(notes(12)).toEqual([0, 'repeat']);
    expect(notes(13)).toEqual([0, 'repeat']);
    // readings that waited before the first one that was heard
    expect(notes(4, 'a')).toEqual([1, undefined]);
    expect(notes(14)).toEqual([1, undefined]);
    expect(notes(11, 'c', 99)).toEqual([1, undefined]);
    expect(notes(12, 'c', 100)).toEqual([1, undefined]);
  });
});

describe('the automations of Home Assistant', () => {
  it('are a list of automations with triggers and actions', () => {
    const automations = parse(shipped('home-assistant/automations.yaml'));
    expect(automations.length).toBeGreaterThan(1);
    for (const { alias, triggers, conditions, actions, mode, ...more } of automations) {
      expect([typeof alias, triggers.length, Array.isArray(conditions), actions.length > 0, mode, more]).toEqual([
        ...['string', 1, true, true, 'single'],
        {},
      ]);
    }
  });
});

describe('the member of a shared subscription', () => {
  it('is a program that Node takes', () => {
    expect(spawnSync(process.execPath, ['--check', join(CONSUMERS, 'shared/consumer.mjs')]).status).toBe(0);
  });
});
