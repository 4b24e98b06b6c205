import { z } from 'zod';
import type { Driver } from '../drivers/contract/driver.ts';
import { AMOUNTS } from './limits.ts';
import { busShape } from './schema/bus.ts';
import { deviceShape } from './schema/device.ts';
import { rootShape } from './schema/root.ts';
import { hasKey } from './source/known-keys.ts';
import { PLACE_FOR_ANCHORS } from './source/layers.ts';

type Json = { [key: string]: unknown };

/** The config as a JSON Schema (draft 2020-12) for editors, with the drivers' own options and points in it. */
export function configJsonSchema(drivers: readonly Driver[]): Json {
  const devices = drivers.map(deviceOf);
  const [first, ...rest] = devices;
  const device = first === undefined ? z.strictObject(deviceShape) : z.discriminatedUnion('driver', [first, ...rest]);
  const devicesOfBus = z
    .array(device)
    .max(AMOUNTS.devicesPerBus)
    .default([])
    .describe(busShape.devices.description ?? '');
  const buses = z
    .array(z.strictObject({ ...busShape, devices: devicesOfBus }))
    .min(1)
    .max(AMOUNTS.buses)
    .describe(rootShape.buses.description ?? '');
  // `input`: the keys that may be written, before defaults are filled in.
  const schema = z.toJSONSchema(z.strictObject({ ...rootShape, buses }), {
    io: 'input',
    unrepresentable: 'any',
  }) as Json;
  return { ...schema, patternProperties: { [`^${PLACE_FOR_ANCHORS}`]: {} }, title: 'Fieldward config' };
}

function deviceOf(driver: Driver) {
  const options = driver.options as unknown as z.ZodType;
  // An entry that is laid over a profile's point need not repeat what the profile says.
  const point = hasKey(driver.options, 'profile')
    ? z.any().meta(overlay(driver))
    : (driver.point as unknown as z.ZodType);
  return z.strictObject({
    ...deviceShape,
    driver: z.literal(driver.name).describe(driver.summary),
    options: options.safeParse({}).success ? options.optional() : options,
    points: z
      .array(point)
      .max(AMOUNTS.pointsPerDevice)
      .default([])
      .describe(deviceShape.points.description ?? ''),
  });
}

function overlay(driver: Driver): Json {
  const { $schema: _, ...schema } = z.toJSONSchema(driver.point as unknown as z.ZodType, {
    io: 'input',
    unrepresentable: 'any',
  }) as Json;
  return withoutRequired(schema);
}

function withoutRequired(schema: Json): Json {
  const result: Json = { ...schema };
  if (Array.isArray(result.required)) result.required = result.required.filter((key) => key === 'name');
  for (const key of ['anyOf', 'oneOf', 'allOf']) {
    const inner = result[key];
    if (Array.isArray(inner)) result[key] = inner.map((branch: Json) => withoutRequired(branch));
  }
  return result;
}
