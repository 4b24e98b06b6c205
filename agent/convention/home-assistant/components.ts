import { numberMeaning } from '../../../config/home-assistant/meaning.ts';
import type { Point } from '../../../drivers/contract/reading.ts';
import { flagTemplate, plainArgs, requestTemplate, textArgs, textTemplate, valueTemplate } from './templates.ts';

/** One entity in the words of Home Assistant (MQTT discovery), as JSON. */
export type Component = Readonly<Record<string, unknown>> & { readonly platform: string };

export interface PointPlace {
  readonly gateway: string;
  readonly device: string;
  readonly stateTopic: string;
  /** Where a write goes, and how long a request may live; undefined: nobody may write. */
  readonly write: { readonly topic: string; readonly maxAgeMs: number } | undefined;
}

/** So far a writable number may go that has no bounds: Home Assistant's own are 0 and 100, and it drops what is outside. */
const FAR = 1e12;

/** A point as an entity. One that is written by select and operate is only shown. */
export function pointComponent(point: Point, place: PointPlace): Component {
  const write = point.writable && point.confirm === undefined ? place.write : undefined;
  const { choices, type } = point;
  if (write !== undefined) {
    if (choices !== undefined) {
      const more = { options: choices, value_template: valueTemplate(point.name) };
      return command('select', point, place, textArgs(point.name), write, more);
    }
    if (type === 'boolean') {
      const more = { ...ON_AND_OFF, value_template: flagTemplate(point.name) };
      return command('switch', point, place, plainArgs(point.name), write, more);
    }
    if (type === 'number') return command('number', point, place, plainArgs(point.name), write, numberKeys(point));
  }
  if (type === 'boolean') {
    return entity('binary_sensor', point, place, { ...ON_AND_OFF, value_template: flagTemplate(point.name) });
  }
  return entity('sensor', point, place, type === 'number' ? sensorKeys(point) : textKeys(point));
}

const ON_AND_OFF = { payload_on: 'true', payload_off: 'false' } as const;

function sensorKeys(point: Point): object {
  const { unit, deviceClass, stateClass } = numberMeaning(point);
  return {
    value_template: valueTemplate(point.name),
    ...(unit !== '' && { unit_of_measurement: unit }),
    ...(deviceClass !== undefined && { device_class: deviceClass }),
    ...(stateClass !== undefined && { state_class: stateClass }),
  };
}

function textKeys({ name, choices, tellsUtc }: Point): object {
  if (choices !== undefined) return { value_template: valueTemplate(name), device_class: 'enum', options: choices };
  if (tellsUtc === true) return { value_template: valueTemplate(name), device_class: 'timestamp' };
  return { value_template: textTemplate(name) };
}

function numberKeys(point: Point): object {
  const { unit, deviceClass } = numberMeaning(point);
  const { min = -FAR, max = FAR, step } = point;
  return {
    value_template: valueTemplate(point.name),
    ...{ min, max: Math.max(min, max) },
    ...(step !== undefined && { step }),
    mode: 'box',
    ...(unit !== '' && { unit_of_measurement: unit }),
    ...(deviceClass !== undefined && { device_class: deviceClass }),
  };
}

function command(
  platform: string,
  point: Point,
  place: PointPlace,
  args: string,
  { topic, maxAgeMs }: NonNullable<PointPlace['write']>,
  more: object,
): Component {
  const request = { command_topic: topic, command_template: requestTemplate(args, maxAgeMs), qos: 1, retain: false };
  return entity(platform, point, place, { ...more, ...request });
}

function entity(platform: string, point: Point, { gateway, device, stateTopic }: PointPlace, more: object): Component {
  return {
    platform,
    ...identityOf(platform, gateway, device, point.name),
    name: point.label ?? readableName(point.name),
    state_topic: stateTopic,
    ...more,
  };
}

/** Made of ids alone: a name that changes keeps the entity, its history and its place. Ids have no `_`. */
export function identityOf(platform: string, ...ids: readonly string[]): object {
  return {
    unique_id: ['fieldward', ...ids].join('_'),
    default_entity_id: `${platform}.${ids.join('_').replaceAll('-', '_')}`,
  };
}

/** `voltage-l1` → `Voltage l1`. */
export function readableName(id: string): string {
  const words = id.replaceAll('-', ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
