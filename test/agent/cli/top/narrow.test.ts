import { describe, expect, it } from 'vitest';
import { emptyView, observe, type ViewState } from '../../../../agent/cli/top/state.ts';
import { render } from '../../../../agent/cli/top/view.ts';
import { NO_WISHES } from '../../../../agent/cli/top/wishes.ts';
import { FAULTS } from '../../../../drivers/contract/faults.ts';

const P = 'fieldward/gw';
const NOW = Date.parse('2026-11-23T10:15:05.000Z');
const LONG = 'pump-meter-of-the-second-cellar-behind-the-boiler-house';
const LINE = 'mbus-line-with-a-rather-long-name-for-a-line-of-meters';

const bus = (more = {}) => ({
  ...{ open: true, fault: null, utilisation: 0.5, exchanges: 1204, timeouts: 2, checksumErrors: 0 },
  ...{ lateFrames: 0, reopens: 0, ...more },
});
const device = (more = {}) => ({ bus: 'rs485', health: 'online', fault: null, latencyMs: 41.25, ...more });

function heard(buses: object, devices: object, ...messages: readonly (readonly [string, unknown])[]): ViewState {
  const status = JSON.stringify({ uptimeS: 5, buses, devices });
  // the second status makes a trend
  const told = [0, 1].reduce((state) => observe(state, `${P}/status`, status), emptyView(P));
  return messages.reduce((state, [topic, payload]) => observe(state, `${P}/${topic}`, JSON.stringify(payload)), told);
}

const shown = (state: ViewState, width: number, height: number, more = {}) =>
  render(state, { width, height, colour: false, now: NOW, ...more }).split('\n');

describe('a narrow terminal', () => {
  const state = heard(
    {
      rs485: bus(),
      [LINE]: bus(),
      gps: bus({ open: false, fault: { code: 'port/missing' } }),
    },
    {
      'main-meter': device(),
      [`${LONG}-1`]: device(),
      [`${LONG}-2`]: device({ bus: LINE, health: 'offline', fault: { code: 'device/silent' } }),
    },
    ['main-meter/state', { at: '2026-11-23T10:15:04.000Z', values: { 'voltage-l1': 230.1, 'voltage-l2': 231 } }],
  );

  it('keeps the health of each device and the state of each bus, however long the names are', () => {
    for (const width of [40, 50, 60, 80, 100, 120]) {
      const text = shown(state, width, 24).join('\n');
      expect(text).toContain('offline device/silent');
      expect(text).toContain('closed port/missing');
      expect(text).toMatch(/^main-meter/m);
    }
  });

  it('cuts names in their middle, so that those of one kind still differ', () => {
    for (const width of [40, 80]) {
      const names = shown(state, width, 24).filter((line) => line.startsWith('pump'));
      expect(names.map((line) => line.split(' ')[0])).toEqual([
        expect.stringMatching(/^pump.*….*-1$/),
        expect.stringMatching(/^pump.*….*-2$/),
      ]);
    }
  });

  it('leaves out whole columns, those first that matter least, and cuts no head', () => {
    const heads = (width: number) => shown(state, width, 24).filter((line) => /^(?:BUS|DEVICE) /.test(line));
    expect(heads(40).map((line) => line.split(/ +/))).toEqual([
      ['BUS', 'STATE', 'LOAD'],
      ['DEVICE', 'HEALTH'],
    ]);
    expect(heads(80).map((line) => line.split(/ +/))).toEqual([
      ['BUS', 'STATE', 'LOAD', 'EXCHANGES', 'TIMEOUTS', 'CHECKSUM', 'LATE', 'REOPENS'],
      ['DEVICE', 'BUS', 'HEALTH', 'LATENCY', 'VALUES', 'TREND'],
    ]);
    expect(heads(120).every((line) => line.endsWith('TREND'))).toBe(true);
  });

  it('shows the newest bars where there is no room for all of a trend', () => {
    const status = (latencyMs: number) => JSON.stringify({ devices: { a: device({ latencyMs }) } });
    const many = Array.from({ length: 16 }, (_, at) => (at === 15 ? 100 : 1)).reduce(
      (each, latency) => observe(each, `${P}/status`, status(latency)),
      emptyView(P),
    );
    const row = shown(many, 48, 24).find((line) => line.startsWith('a '));
    expect(row).toMatch(/ ▁+█$/);
    expect(row).not.toContain('▁'.repeat(15));
  });

  it('shows a value beside its name, two of them in a line of 80 columns', () => {
    const names = ['a-very-long-name-of-a-point-that-goes-on', 'b-very-long-name-of-a-point-that-goes-on'];
    const values = Object.fromEntries(names.map((name, at) => [name, 1234.5 + at]));
    const told = heard({}, { a: device() }, ['a/state', { at: '2026-11-23T10:15:04.000Z', values }]);
    expect(shown(told, 80, 24).find((line) => line.includes('…'))).toMatch(/1234\.5 .* 1235\.5$/);
    const narrow = shown(told, 40, 24).filter((line) => line.includes('…'));
    expect(narrow).toEqual([expect.stringMatching(/1234\.5$/), expect.stringMatching(/1235\.5$/)]);
  });

  it('uses a single row for what can not be read or for values, not for the number of those that it does not show', () => {
    const values = Object.fromEntries(Array.from({ length: 90 }, (_, at) => [`point-${at}`, at]));
    const unreadable = [{ point: 'relay', fault: { code: 'modbus/illegal-address' } }];
    const told = heard(
      {},
      { a: device(), b: device({ unreadable }) },
      ['a/state', { values }],
      ['b/state', { values }],
    );
    // head, blank, heads, blank, heads, two devices with a row each
    const lines = shown(told, 80, 9);
    expect(lines.filter((line) => line.startsWith('  point-0'))).toHaveLength(1);
    expect(lines.filter((line) => line.startsWith("  relay can't be read"))).toHaveLength(1);
    expect(lines.join('\n')).not.toContain('more lines');
  });
});

describe('a large plant', () => {
  it('shows the devices around the chosen one, and how many are above and below', () => {
    const ids = Array.from({ length: 60 }, (_, at) => `meter-${at}`);
    const state = heard({ rs485: bus() }, Object.fromEntries(ids.map((id) => [id, device()])));
    for (const chosen of ['meter-0', 'meter-30', 'meter-59']) {
      const lines = shown(state, 80, 24, { wishes: { ...NO_WISHES, chosen } });
      expect(lines).toHaveLength(24);
      expect(lines.filter((line) => line.startsWith(`${chosen} `))).toHaveLength(1);
    }
    expect(shown(state, 80, 24).at(-1)).toBe('  and 43 more below');
    expect(shown(state, 80, 24, { wishes: { ...NO_WISHES, chosen: 'meter-59' } }).at(-1)).toBe('  and 43 more above');
    expect(shown(state, 80, 24, { wishes: { ...NO_WISHES, chosen: 'meter-30' } }).at(-1)).toBe(
      '  and 22 more above, 21 more below',
    );
  });

  it('leaves room for the devices, and shows closed buses before open ones', () => {
    const buses = Object.fromEntries(
      Array.from({ length: 40 }, (_, at) => [`line-${at}`, bus(at === 39 ? { open: false } : {})]),
    );
    const lines = shown(heard(buses, { a: device() }), 80, 24);
    expect(lines[3]).toMatch(/^line-39 +closed/);
    expect(lines[10]).toBe('  and 33 more buses');
    expect(lines.some((line) => line.startsWith('a '))).toBe(true);
  });
});

describe('a device that somebody looks into', () => {
  it('tells its kind, its fault with the advice for it, and when it was heard last', () => {
    const state = heard(
      { rs485: bus() },
      { a: device({ health: 'offline', fault: { code: 'device/silent' }, lastGoodAt: '2026-11-23T10:10:05.000Z' }) },
      ['a/meta', { label: 'Heat meter, cellar', driver: 'mbus', points: { power: { unit: 'W' } } }],
      ['a/identity', { maker: 'Acme', serial: '4711' }],
      ['a/state', { at: '2026-11-23T10:10:05.000Z', values: { power: 5 } }],
    );
    const lines = shown(state, 60, 24, { wishes: { ...NO_WISHES, chosen: 'a', isOpen: true } });
    expect(lines.slice(6)).toEqual([
      expect.stringMatching(/^a +rs485 +offline device\/silent/),
      '  Heat meter, cellar · mbus',
      '  maker Acme · serial 4711',
      ...lines.slice(9, -2),
      '  last good reading 5 min ago',
      '  power 5 W',
    ]);
    const { message, advice } = FAULTS['device/silent'];
    expect(lines.slice(9, -2).join(' ').replace(/ +/g, ' ')).toBe(` ${message}. ${advice}`);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(60);
  });
});
