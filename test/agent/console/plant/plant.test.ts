import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeardPlant, type PlantBounds } from '../../../../agent/console/plant/plant.ts';

const P = 'Acme/Plant7';

function stage(bounds?: PlantBounds) {
  const values: (readonly [string, string])[] = [];
  const forgotten: string[] = [];
  const events = {
    value: (device: string, point: string) => void values.push([device, point]),
    forgotten: (device: string) => void forgotten.push(device),
  };
  const plant = new HeardPlant(P, events, bounds);
  const hear = (topic: string, payload: unknown) =>
    plant.hear(`${P}/${topic}`, typeof payload === 'string' ? payload : JSON.stringify(payload));
  return { plant, hear, values, forgotten };
}

const state = (values: object, at = '2026-11-23T10:00:00.000Z') => ({ at, values });
const AT = Date.UTC(2026, 10, 23, 10);

describe('the plant', () => {
  it('is told whole: gateways, buses, devices with what their points mean, values', () => {
    const { plant, hear } = stage();
    hear('gw/availability', 'online');
    hear('gw/m-1/meta', {
      label: 'Pump',
      driver: 'modbus-rtu',
      commands: ['read', 'write'],
      points: {
        level: {
          type: 'number',
          label: 'Level',
          unit: '%',
          quantity: 'level',
          min: 0,
          max: 100,
          write: { step: 5, confirm: 'select' },
        },
        mark: { type: 'number' },
      },
    });
    hear('gw/m-1/identity', { maker: 'Eastron', serial: '1' });
    hear('gw/m-1/state', state({ level: 40, mark: 7 }));
    hear('gw/status', {
      ...{ version: '1.0.0', at: '2026-11-23T10:00:01.000Z', uptimeS: 5, process: { rssBytes: 7e7 } },
      mqtt: { reconnects: 2, certificateDaysLeft: 80 },
      outbox: { held: 1, bytes: 100, dropped: 0, durable: true },
      commands: { audit: { head: 'abc' } },
      buses: { line: { open: false, fault: { code: 'port/missing' }, utilisation: 0.5, exchanges: 9, timeouts: 1 } },
      devices: {
        'm-1': { bus: 'line', health: 'online', latencyMs: 12, lastGoodAt: '2026-11-23T10:00:00.000Z', fault: null },
      },
    });
    const all = plant.all();
    expect(all.gateways).toMatchObject([
      {
        ...{
          id: 'gw',
          online: true,
          version: '1.0.0',
          uptimeS: 5,
          statusAt: AT + 1000,
          memoryBytes: 7e7,
          auditHead: 'abc',
        },
        link: { reconnects: 2, certificateDaysLeft: 80 },
        outbox: { held: 1, bytes: 100, dropped: 0, durable: true },
        buses: [
          { id: 'line', open: false, fault: { code: 'port/missing', advice: expect.any(String) }, utilisation: 0.5 },
        ],
      },
    ]);
    expect(all.devices).toEqual([
      {
        ...{
          gateway: 'gw',
          id: 'm-1',
          label: 'Pump',
          bus: 'line',
          driver: 'modbus-rtu',
          health: 'online',
          fault: null,
        },
        ...{ latencyMs: 12, lastGoodAt: AT, identity: { maker: 'Eastron', serial: '1' }, commands: ['read', 'write'] },
        points: [
          {
            ...{ name: 'level', label: 'Level', unit: '%', quantity: 'level', type: 'number' },
            write: { min: 0, max: 100, step: 5, confirm: true },
          },
          { name: 'mark', label: null, unit: null, quantity: null, type: 'number' },
        ],
      },
    ]);
    expect(all.values).toEqual([{ gateway: 'gw', device: 'm-1', at: AT, values: { level: 40, mark: 7 } }]);
  });

  it('then tells what is different, once, whatever came in between', () => {
    const { plant, hear } = stage();
    hear('gw/m-1/state', state({ a: 1, b: 2 }));
    plant.take();
    expect(plant.take()).toBeUndefined();
    hear('gw/m-1/state', state({ a: 2, b: 2 }));
    hear('gw/m-1/state', state({ a: 3, b: 2 }, '2026-11-23T10:00:05.000Z'));
    const news = plant.take();
    expect(news?.values).toEqual([{ gateway: 'gw', device: 'm-1', at: AT + 5000, values: { a: 3 } }]);
    expect([news?.gateways, news?.devices]).toEqual([[], []]);
    hear('gw/m-1/state', state({ a: 3, b: 2 }, '2026-11-23T10:00:06.000Z'));
    expect(plant.take()?.values).toEqual([{ gateway: 'gw', device: 'm-1', at: AT + 6000, values: {} }]);
    expect(plant.take()).toBeUndefined();
  });

  it('says why values are not good', () => {
    const { plant, hear } = stage();
    hear('gw/availability', 'online');
    hear('gw/m-1/availability', 'online');
    hear('gw/m-1/state', state({ a: null, b: null, c: 1 }));
    const unreadable = [{ point: 'b', fault: { code: 'modbus/illegal-address' } }];
    hear('gw/status', { devices: { 'm-1': { health: 'online', unreadable } } });
    expect(plant.take()?.values[0]?.quality).toEqual({ a: 'none', b: 'bad' });
    hear('gw/m-1/availability', 'offline');
    expect(plant.take()?.values[0]).toMatchObject({ quality: { a: 'stale', b: 'stale', c: 'stale' }, values: {} });
    hear('gw/m-1/availability', 'online');
    expect(plant.take()?.values[0]?.quality).toEqual({ a: 'none', b: 'bad' });
    hear('gw/availability', 'offline');
    expect(plant.take()?.values[0]?.quality).toEqual({ a: 'stale', b: 'stale', c: 'stale' });
  });

  it('forgets what its broker keeps no longer', () => {
    const { plant, hear, forgotten } = stage();
    for (const device of ['m-1', 'm-2']) hear(`gw/${device}/state`, state({ a: 1 }));
    plant.take();
    hear('gw/m-1/availability', '');
    hear('gw/m-2/state', '');
    expect(plant.take()).toMatchObject({ gone: ['gw/m-1'], devices: [] });
    expect(plant.all().devices.map(({ id }) => id)).toEqual(['m-2']);
    hear('gw/availability', '');
    expect(plant.take()?.gone).toEqual(['gw/m-2', 'gw']);
    expect(plant.all().gateways).toEqual([]);
    expect(forgotten).toEqual(['gw/m-1', 'gw/m-2']);
    hear('gw/m-1/state', state({ a: 1 }));
    expect(plant.take()).toMatchObject({ gone: [], devices: [{ id: 'm-1' }] });
  });

  it('has bounds, and counts what finds no room once', () => {
    const { plant, hear } = stage({ gateways: 2, devices: 3, points: 10 });
    for (const gateway of ['a', 'b', 'c', 'c']) hear(`${gateway}/availability`, 'online');
    expect(plant.all()).toMatchObject({ gateways: [{ id: 'a' }, { id: 'b' }], leftOut: 1 });
    for (const device of ['d-1', 'd-2', 'd-3', 'd-4', 'd-4']) hear(`a/${device}/state`, state({ x: 1, y: 2, z: 3 }));
    expect(plant.all().devices.map(({ id }) => id)).toEqual(['d-1', 'd-2', 'd-3']);
    expect(plant.take()?.leftOut).toBe(2);
    hear('a/d-1/state', state({ x: 1, y: 2, z: 3, w: 4, v: 5 }));
    expect(plant.all().values[0]?.values).toEqual({ x: 1, y: 2, z: 3 });
    expect(plant.all().leftOut).toBe(3);
    hear('a/d-2/meta', { points: Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`p${at}`, {}])) });
    expect(plant.view('a')?.devices.get('d-2')?.meta).toBeUndefined();
    // choices of one point take room as well
    hear('a/d-2/meta', { points: { p: { write: { oneOf: [1, 2, 3, 4, 5, 6, 7, 8, 9] } } } });
    expect(plant.view('a')?.devices.get('d-2')?.meta).toBeUndefined();
    hear('a/status', { devices: { 'd-9': { health: 'online' } } });
    expect(plant.all().devices).toHaveLength(3);
    hear('a/d-3/availability', '');
    hear('a/d-4/state', state({ x: 1 }));
    expect(plant.all().devices.map(({ id }) => id)).toEqual(['d-1', 'd-2', 'd-4']);
  });

  it('takes names and texts that could harm nobody', () => {
    const { plant, hear } = stage();
    for (const topic of ['__proto__/availability', 'GW/availability', 'gw/__proto__/state', 'gw/a b/state', 'gw']) {
      hear(topic, JSON.stringify(state({ a: 1 })));
    }
    plant.hear('fieldward/other/availability', 'online');
    expect(plant.all()).toMatchObject({ gateways: [], devices: [] });
    hear('gw/m-1/state', '{"at":"x","values":{"__proto__":1,"a":"\\u202e<b>\\u0000","toString":2}}');
    const [values] = plant.all().values;
    expect(Object.keys(values?.values ?? {})).toEqual(['__proto__', 'a', 'toString']);
    expect(values?.values.a).toBe('<b>');
    hear(
      'gw/m-1/meta',
      '{"points":{"a":{"label":"__proto__"},"__proto__":{"write":{"min":"x"}}},"commands":[1,{}],"label":5}',
    );
    expect(JSON.stringify(plant.all().devices)).toContain('"commands":[]');
  });

  it('takes anything for a payload', () => {
    const { plant, hear } = stage();
    const last = fc.constantFrom('availability', 'status', 'm/state', 'm/meta', 'm/identity', 'm/availability');
    fc.assert(
      fc.property(
        last,
        fc.oneof(
          fc.json(),
          fc.string(),
          fc.json().map((each) => `{"values":${each},"points":${each},"devices":${each},"buses":${each}}`),
        ),
        (topic, payload) => {
          hear(`gw/${topic}`, payload);
          expect(JSON.parse(JSON.stringify(plant.all())).leftOut).toBe(0);
          plant.take();
        },
      ),
    );
  });
});
