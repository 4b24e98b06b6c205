import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RareMap } from '../../../../agent/device/polling/rare.ts';

it('does what a map does, in the same order, also while it is walked', () => {
  const key = fc.constantFrom('a', 'b', 'c');
  const step = fc.oneof(
    fc.record({ call: fc.constant('set' as const), key, value: fc.nat() }),
    fc.record({ call: fc.constantFrom('delete' as const, 'clear' as const, 'walk' as const), key }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const [map, rare] = [new Map<string, number>(), new RareMap<string, number>()];
      for (const each of steps) {
        if (each.call === 'set') for (const one of [map, rare]) one.set(each.key, each.value);
        else if (each.call === 'delete') expect(rare.delete(each.key)).toBe(map.delete(each.key));
        else if (each.call === 'clear') for (const one of [map, rare]) one.clear();
        else for (const one of [map, rare]) for (const [at] of one) if (at !== each.key) one.delete(at);
        expect([...rare]).toEqual([...map]);
        expect([[...rare.keys()], [...rare.values()], rare.size]).toEqual([
          [...map.keys()],
          [...map.values()],
          map.size,
        ]);
        expect([rare.get(each.key), rare.has(each.key)]).toEqual([map.get(each.key), map.has(each.key)]);
      }
    }),
  );
});
