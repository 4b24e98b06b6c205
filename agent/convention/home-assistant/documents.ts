import type { Topics } from '../../link/topics.ts';
import type { PlantDevice, PlantView } from '../convention.ts';
import { type Component, identityOf, pointComponent, readableName } from './components.ts';
import { FAULTS_TEMPLATE, requestTemplate, statusTemplate } from './templates.ts';

export interface DocumentSetup {
  readonly topics: Topics;
  /** `homeassistant` unless it was set otherwise there. */
  readonly discoveryPrefix: string;
  readonly version: string;
  readonly maxAgeMs: number;
  /** Devices that take unsigned writes. */
  readonly writable: ReadonlySet<string>;
  /** Commands to the gateway that may come unsigned: buses that can be reopened, and whether it can be restarted. */
  readonly buttons: { readonly reopen: readonly string[]; readonly restart: boolean };
}

/** A device-based discovery document: its root, `device` and `origin` take no other keys, or all of it is lost. */
export interface DiscoveryDocument {
  readonly device: Readonly<Record<string, unknown>>;
  readonly origin: { readonly name: string; readonly sw_version: string };
  readonly availability: readonly Readonly<Record<string, unknown>>[];
  readonly availability_mode: 'all';
  readonly components: Readonly<Record<string, Component | { readonly platform: string }>>;
}

/** By topic: a document for the gateway, and one for each of its devices. Pure. */
export function discoveryDocuments(plant: PlantView, setup: DocumentSetup): ReadonlyMap<string, DiscoveryDocument> {
  const { gateway, devices } = plant;
  return new Map([
    [documentTopic(setup.discoveryPrefix, gateway), gatewayDocument(gateway, setup)],
    ...devices.map((device): [string, DiscoveryDocument] => [
      documentTopic(setup.discoveryPrefix, gateway, device.id),
      deviceDocument(gateway, device, setup),
    ]),
  ]);
}

/** @param device absent: of the gateway's own document */
export function documentTopic(discoveryPrefix: string, gateway: string, device?: string): string {
  return `${discoveryPrefix}/device/${device === undefined ? gateway : `${gateway}_${device}`}/config`;
}

function deviceDocument(gateway: string, device: PlantDevice, setup: DocumentSetup): DiscoveryDocument {
  const { topics, version, maxAgeMs } = setup;
  const { id, points } = device;
  const write = setup.writable.has(id) ? { topic: `${topics.root}/${id}/command/write`, maxAgeMs } : undefined;
  const place = { gateway, device: id, stateTopic: topics.state(id), write };
  return {
    device: deviceBlock(gateway, device),
    origin: { name: 'Fieldward', sw_version: version },
    availability: [{ topic: topics.availability }, { topic: topics.deviceAvailability(id) }],
    availability_mode: 'all',
    components: Object.fromEntries(points.map((point) => [point.name, pointComponent(point, place)])),
  };
}

/** Home Assistant's view of the device itself, by its identity now. */
export function deviceBlock(gateway: string, { id, label, identity }: PlantDevice): DiscoveryDocument['device'] {
  const { maker, model, serial, firmware } = identity;
  return {
    identifiers: [`fieldward_${gateway}_${id}`],
    name: label ?? readableName(id),
    ...(maker !== undefined && { manufacturer: maker }),
    ...(model !== undefined && { model }),
    ...(serial !== undefined && { serial_number: serial }),
    ...(firmware !== undefined && { sw_version: firmware }),
    via_device: `fieldward_${gateway}`,
  };
}

function gatewayDocument(gateway: string, setup: DocumentSetup): DiscoveryDocument {
  const { topics, version } = setup;
  return {
    device: {
      identifiers: [`fieldward_${gateway}`],
      name: gateway,
      manufacturer: 'Fieldward',
      model: 'Gateway',
      sw_version: version,
    },
    origin: { name: 'Fieldward', sw_version: version },
    availability: [{ topic: topics.availability }],
    availability_mode: 'all',
    components: { ...diagnostics(gateway, topics), ...buttons(gateway, setup) },
  };
}

function diagnostics(gateway: string, { availability, status }: Topics): Readonly<Record<string, Component>> {
  const base = (platform: string, key: string, name: string) => ({
    platform,
    ...identityOf(platform, gateway, key),
    name,
    entity_category: 'diagnostic',
  });
  const figure = (
    key: string,
    name: string,
    template: string,
    more: object = {},
  ): Readonly<Record<string, Component>> => ({
    [key]: { ...base('sensor', key, name), state_topic: status, value_template: template, ...more },
  });
  const counter = { state_class: 'total_increasing' };
  return {
    connection: {
      ...base('binary_sensor', 'connection', 'Connection'),
      device_class: 'connectivity',
      state_topic: availability,
      payload_on: 'online',
      payload_off: 'offline',
      // it is there to say `offline`, so any message on that topic makes it available
      availability: [{ topic: availability, value_template: "{{ 'online' }}" }],
    },
    ...figure('outbox-held', 'Readings waiting', statusTemplate('outbox', 'held'), { state_class: 'measurement' }),
    ...figure('outbox-dropped', 'Readings dropped', statusTemplate('outbox', 'dropped'), counter),
    ...figure('faults', 'Devices with a fault', FAULTS_TEMPLATE, { state_class: 'measurement' }),
    ...figure('reconnects', 'Reconnects', statusTemplate('mqtt', 'reconnects'), counter),
    ...figure('uptime', 'Running for', statusTemplate('uptimeS'), {
      ...{ device_class: 'duration', unit_of_measurement: 's', state_class: 'measurement' },
    }),
    // it changes with each restart
    ...figure('boot', 'Run', statusTemplate('boot')),
  };
}

function buttons(gateway: string, { topics, maxAgeMs, buttons: allowed }: DocumentSetup): Record<string, Component> {
  const button = (key: string, name: string, command: string, args: string, more: object = {}): [string, Component] => [
    key,
    {
      platform: 'button',
      ...identityOf('button', gateway, key),
      name,
      entity_category: 'config',
      command_topic: `${topics.root}/command/${command}`,
      command_template: requestTemplate(args, maxAgeMs),
      ...{ qos: 1, retain: false },
      ...more,
    },
  ];
  return Object.fromEntries([
    ...allowed.reopen.map((bus) => button(`reopen-${bus}`, `Reopen ${bus}`, 'reopen', `{"bus": "${bus}"}`)),
    ...(allowed.restart ? [button('restart', 'Restart', 'restart', '{}', { device_class: 'restart' })] : []),
  ]);
}
