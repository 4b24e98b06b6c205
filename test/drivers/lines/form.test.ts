import { describe, expect, test } from 'vitest';
import { driver } from '../../../drivers/lines/driver.ts';
import { deviceOf, messagesOf, read, talking } from './lines.ts';

const GRAMS = '{stable:word},{*},{weight:number} g';
const GRAINS = '{stable:word},{*},{weight:number} GN';
const gram = { text: GRAMS, fields: { weight: { unit: 'g', scale: 1 } } };
const grain = { text: GRAINS, fields: { weight: { unit: 'g', scale: 0.06479891 } } };
const ANOTHER = 'must not have another unit behind a field than elsewhere: say unit and scale in fields';

describe('templates with different units for one point', () => {
  test('are each told in one unit, by the scale of each', () => {
    const device = talking({ template: [gram, grain] });
    expect(device.points).toMatchObject([{ name: 'stable' }, { name: 'weight', unit: 'g' }]);
    expect(read(device, 'ST,GS,+  12.34 g')).toEqual({ stable: 'ST', weight: 12.34 });
    expect(read(device, 'ST,GS,+ 190.44 GN')).toEqual({ stable: 'ST', weight: 12.3403044204 });
  });

  test('take an offset too, and what the point says beside', () => {
    const celsius = { text: 'T={t:number} C', fields: { t: { unit: '°C', scale: 1 } } };
    const fahrenheit = { text: 'T={t:number} F', fields: { t: { unit: '°C', scale: 5 / 9, offset: -160 / 9 } } };
    const device = talking({ template: [celsius, fahrenheit] }, [{ name: 't', decimals: 1, max: 50, unit: '°C' }]);
    expect(device.points).toMatchObject([{ unit: '°C', max: 50 }]);
    expect([read(device, 'T=20 C'), read(device, 'T=68 F')]).toEqual([{ t: 20 }, { t: 20 }]);
  });

  test.each([
    [[GRAMS, GRAINS], `template.1: ${ANOTHER}`],
    [['{w:number}kg', '{w:number} kg', '{w:number}lb'], `template.2: ${ANOTHER}`],
    [['{w:number},kg', '{w:number},lb'], `template.1: ${ANOTHER}`],
    [['kg {w:number}', 'lb {w:number}'], `template.1: ${ANOTHER}`],
    [['T={t:number} °C', 'T={t:number} °F'], `template.1: ${ANOTHER}`],
    [['P={p:number} tick', '{*};P={p:number} tock'], `template.1: ${ANOTHER}`],
    [[gram, GRAINS], 'template.1: must say unit and scale of a field in every template that has it, or in none'],
    [[GRAINS, gram], 'template.1: must say unit and scale of a field in every template that has it, or in none'],
    [
      [gram, { text: GRAINS, fields: { weight: { unit: 'GN', scale: 1 } } }],
      'template.1: must give a field the unit that it has elsewhere',
    ],
    [
      [{ text: GRAMS, fields: { stable: { unit: 'g', scale: 1 } } }],
      'template.0.fields: must name numbers of the template only',
    ],
    [
      [{ text: GRAMS, fields: { other: { unit: 'g', scale: 1 } } }],
      'template.0.fields: must name numbers of the template only',
    ],
    [[{ text: 'secret', fields: {} }], 'template.0.text: must have at least one field'],
    [
      [gram, { text: GRAINS, fields: { weight: { unit: 'g' } } }],
      'template: must give each template as text, or as a mapping of text and fields, each field with unit and scale',
    ],
  ])('%j is refused', (template, message) => {
    expect(messagesOf(driver.options, { template })).toEqual([message]);
  });

  test.each([
    [['{w:number} kg', '{w:number} KG']],
    [['{w:number} kg', '{w:number}']],
    [['ST,{w:number},A', 'US,{w:number},B']],
    [['T={t:number} C;OK', 'T={t:number} C;FAIL']],
    [['{kg:number} kg', '{lb:number} lb']],
    [['{n:word} kg', '{n:word} lb']],
  ])('but %j are not', (template) => {
    expect(messagesOf(driver.options, { template })).toEqual([]);
  });

  test.each([{ scale: 2 }, { offset: 1 }, { unit: 'kg' }, { enum: { 1: 'one' } }])(
    'leave nothing of it to the point: %j is refused there',
    (entry) => {
      expect(() => deviceOf({ template: [gram, grain] }, [{ name: 'weight', ...entry }])).toThrow(
        expect.objectContaining({ code: 'driver/create', facts: { point: 0 } }),
      );
    },
  );
});
