import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changes, valuesOf } from '../../../../agent/cli/top/changes.ts';
import { showSpan, showValue } from '../../../../agent/cli/top/shown-text.ts';
import { emptyView, observe, type ViewState } from '../../../../agent/cli/top/state.ts';
import { render } from '../../../../agent/cli/top/view.ts';

const P = 'fieldward/plant7-gw01';
const NOW = Date.parse('2026-11-23T10:15:05.000Z');

const MISSING = { code: 'port/missing', message: 'the port does not exist' };
const LOST = { code: 'port/lost', message: 'the port went away' };
const STATUS = {
  uptimeS: 192,
  mqtt: { connectedSince: '2026-11-23T10:12:00.000Z', reconnects: 0 },
  outbox: { held: 3, bytes: 700, dropped: 0, durable: false },
  buses: {
    'rs485-a': { open: true, fault: null, utilisation: 0.634, exchanges: 1204, timeouts: 2, checksumErrors: 0 },
    gps: { open: false, fault: MISSING, utilisation: 0, exchanges: 0, timeouts: 0, checksumErrors: 0 },
  },
  devices: {
    'meter-1': { bus: 'rs485-a', health: 'online', fault: null, latencyMs: 41.25 },
    gnss: { bus: 'gps', health: 'offline', fault: MISSING, latencyMs: null },
  },
  process: { rssBytes: 74_000_000 },
};
const VALUES = {
  at: '2026-11-23T10:15:04.700Z',
  values: { 'voltage-l1': 230.10000610351562, relay: true, mode: null },
};

function stateAfter(...messages: readonly (readonly [topic: string, payload: unknown])[]): ViewState {
  return messages.reduce(
    (state, [topic, payload]) =>
      observe(state, `${P}/${topic}`, typeof payload === 'string' ? payload : JSON.stringify(payload)),
    emptyView(P),
  );
}

const full = () => stateAfter(['availability', 'online'], ['status', STATUS], ['meter-1/state', VALUES]);
const plain = { width: 100, colour: false, now: NOW };

describe('the view', () => {
  it('marks a bus whose adapter is slow, and no other', () => {
    const bus = STATUS.buses['rs485-a'];
    const buses = {
      slow: { ...bus, latencyTimerMs: 16 },
      quick: { ...bus, latencyTimerMs: 1 },
      none: { ...bus, latencyTimerMs: null },
    };
    const lines = render(stateAfter(['status', { ...STATUS, buses }]), plain).split('\n');
    const state = (id: string) =>
      lines
        .find((line) => line.startsWith(id))
        ?.replace(/ {2,}/g, '|')
        .split('|')[1];
    expect(['slow', 'quick', 'none'].map(state)).toEqual(['open, slow adapter 16 ms', 'open', 'open']);
  });

  it('shows the gateway, its buses, its devices and their values', () => {
    const unitOf = (device: string, point: string) =>
      device === 'meter-1' && point === 'voltage-l1' ? 'V' : undefined;
    expect(render(full(), { ...plain, unitOf, notes: ['The GPS was unplugged 3 s ago.'] })).toBe(
      `plant7-gw01  online  up 3 min  71 MiB  outbox 3 in memory

BUS      STATE                LOAD  EXCHANGES  TIMEOUTS  CHECKSUM  LATE  REOPENS
rs485-a  open                 63 %       1204         2         0     –        –
gps      closed port/missing   0 %          0         0         0     –        –

DEVICE   BUS      HEALTH                LATENCY     VALUES
meter-1  rs485-a  online                41.3 ms  0.3 s ago
  voltage-l1 230.1 V  relay         true  mode             –
gnss     gps      offline port/missing        –          –

The GPS was unplugged 3 s ago.`,
    );
  });

  it('shows the points of a device that can not be read, with the reason', () => {
    const meter = {
      ...STATUS.devices['meter-1'],
      unreadable: [{ point: 'relay', fault: { code: 'modbus/illegal-address' } }, 'nonsense'],
      unreadableMore: 3,
    };
    const state = stateAfter(['status', { ...STATUS, devices: { 'meter-1': meter } }]);
    const shown = render(state, plain);
    expect(shown).toContain(" relay can't be read: modbus/illegal-address\n");
    expect(shown).toContain(" 3 more can't be read");
    const said = "device meter-1: relay can't be read: the device does not have the address (exception 2)";
    expect(changes(full(), state)).toContain(said);
    expect(changes(state, state)).toEqual([]);
  });

  it('shows something sensible before the first message', () => {
    expect(render(emptyView(P), plain)).toContain('plant7-gw01  waiting for it');
  });

  it('takes a terminal that says 0 by 0 for one of the usual size', () => {
    const usual = render(full(), { ...plain, width: 80, height: 24 });
    expect(render(full(), { ...plain, width: 0, height: 0 })).toBe(usual);
    expect(usual).toContain('voltage-l1');
  });

  it('colours only where it is told to, and then changes no text', () => {
    const coloured = render(full(), { ...plain, colour: true });
    expect(render(full(), plain)).not.toContain('\x1b');
    expect(coloured).toContain('\x1b[32monline');
    const stripped = coloured.replace(/\x1b\[\d*m/g, '').replace(/ +$/gm, '');
    expect(stripped).toBe(render(full(), plain));
  });

  it('never is wider or higher than the terminal', () => {
    const values = Object.fromEntries(Array.from({ length: 80 }, (_, index) => [`point-${index}`, index * 1.5]));
    const many = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [`device-${index}`, { bus: 'gps', health: 'offline' }]),
    );
    const state = stateAfter(['status', STATUS], ['meter-1/state', { ...VALUES, values }]);
    const crowd = observe(state, `${P}/status`, JSON.stringify({ ...STATUS, devices: many }));
    expect(render(crowd, { ...plain, height: 24 }).split('\n')).toHaveLength(24);
    for (const width of [40, 60, 80, 132]) {
      for (const height of [24, 40]) {
        const lines = render(state, { width, height, colour: false, now: NOW, notes: ['x'.repeat(200)] }).split('\n');
        expect(lines.length).toBeLessThanOrEqual(height);
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
      }
    }
    expect(render(state, { ...plain, height: 20 })).toMatch(/and \d+ more lines/);
  });

  it('lets no byte of a device move the cursor or break a line', () => {
    const evil = '\x1b[2Jred\nnew\u202eline\u009b1m\u2028';
    const state = stateAfter(
      ['status', { ...STATUS, devices: [{ id: `d${evil}`, health: evil, fault: evil, bus: evil }] }],
      ['meter-1/state', { at: VALUES.at, values: { [evil]: evil } }],
    );
    const shown = render(state, { ...plain, unitOf: () => evil });
    expect(shown).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(shown).toContain('[2Jred newline');
    expect(valuesOf(state, NOW, () => evil).join('|')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  });

  it('stays within a terminal and throws nothing whatever is published', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('status', 'availability', 'a/state', 'a/availability', '__proto__/state', 'a/b/c', ''),
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.jsonValue().map((devices) => JSON.stringify({ devices, buses: devices })),
        ),
        (topic, payload) => {
          const shown = render(observe(full(), `${P}/${topic}`, payload), { ...plain, width: 80 });
          for (const line of shown.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
        },
      ),
    );
  });
});

describe('what a message changes', () => {
  it('is nothing where the topic is another gateway’s or none of ours', () => {
    const state = full();
    expect(observe(state, 'fieldward/other/availability', 'offline')).toBe(state);
    expect(observe(state, `${P}/meter-1/readings`, '{}')).toBe(state);
    expect(observe(state, `${P}/meter-1/command/read/reply`, '{}')).toBe(state);
    expect(observe(state, `${P}/status`, 'no JSON')).toBe(state);
  });

  it('is said in sentences, once', () => {
    const before = full();
    const after = observe(
      before,
      `${P}/status`,
      JSON.stringify({
        ...STATUS,
        buses: {
          'rs485-a': { ...STATUS.buses['rs485-a'], open: false, fault: LOST },
          gps: { ...STATUS.buses.gps, open: true, fault: null },
        },
        devices: {
          'meter-1': { bus: 'rs485-a', health: 'offline', fault: LOST, latencyMs: null },
          gnss: { bus: 'gps', health: 'online', fault: null, latencyMs: null },
        },
      }),
    );
    expect(changes(before, after)).toEqual([
      'bus rs485-a closed: the port went away',
      'bus gps open',
      'device meter-1 offline: the port went away',
      'device gnss online',
    ]);
    expect(changes(after, after)).toEqual([]);
    const strange = observe(
      before,
      `${P}/status`,
      JSON.stringify({
        ...STATUS,
        buses: { 'rs485-a': { ...STATUS.buses['rs485-a'], open: false, fault: { code: 'constructor' } } },
      }),
    );
    expect(changes(before, strange)).toContain('bus rs485-a closed: constructor');
    expect(changes(emptyView(P), stateAfter(['availability', 'offline']))).toEqual(['gateway offline']);
  });

  it('shows values in a line, some of many', () => {
    const values = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`p${index}`, index]));
    expect(valuesOf(stateAfter(['a/state', { at: VALUES.at, values }]), NOW, () => 'V')).toEqual([
      'a (0.3 s ago): p0 0 V, p1 1 V, p2 2 V, p3 3 V, p4 4 V, p5 5 V, and 3 more',
    ]);
  });
});

it('shows values with every digit and their unit', () => {
  expect(showValue(230.10000610351562, 'V')).toBe('230.1 V');
  expect(showValue(1_234_567, undefined)).toBe('1234567');
  expect(showValue(0.000_012_345_678, 'A')).toBe('0.000012345678 A');
  expect(showValue(false, undefined)).toBe('false');
  expect(showValue(null, 'V')).toBe('–');
});

it('shows spans in one unit', () => {
  expect([0, 400, 9_990, 12_000, 119_000, 180_000, 7_200_000, 172_800_000, -5].map(showSpan)).toEqual([
    '0.0 s',
    '0.4 s',
    '10.0 s',
    '12 s',
    '119 s',
    '3 min',
    '2 h',
    '2 d',
    '0.0 s',
  ]);
});
