import { FAULTS } from '../../../drivers/contract/faults.ts';
import type { PointMeta } from '../../cli/top/meta.ts';
import type { BusView, DeviceView, ViewState } from '../../cli/top/state.ts';
import type { Shown, ShownBus, ShownDevice, ShownFault, ShownGateway, ShownPoint, ShownValues } from '../wire.ts';

/** Names that come from devices and gateways must not be taken for members of an object. */
type Table<Value> = Record<string, Value>;

/** The table of this program tells the remedy of a fault; a gateway of another version may have more faults. */
export function shownFault(code: string): ShownFault {
  if (!Object.hasOwn(FAULTS, code)) return { code, message: code };
  const { message, advice } = FAULTS[code as keyof typeof FAULTS];
  return { code, message, advice };
}

export function shownGateway(id: string, view: ViewState): ShownGateway {
  return {
    id,
    online: view.online ?? null,
    version: view.version ?? null,
    uptimeS: view.uptimeS ?? null,
    statusAt: view.statusAt ?? null,
    link: { reconnects: view.reconnects ?? null, certificateDaysLeft: view.certificateDaysLeft ?? null },
    outbox: {
      held: view.held ?? null,
      bytes: view.heldBytes ?? null,
      dropped: view.dropped ?? null,
      durable: view.durable ?? null,
    },
    memoryBytes: view.memoryBytes ?? null,
    auditHead: view.auditHead ?? null,
    buses: view.buses.map(shownBus),
  };
}

function shownBus(bus: BusView): ShownBus {
  return {
    id: bus.id,
    open: bus.open,
    fault: bus.fault === undefined ? null : shownFault(bus.fault),
    utilisation: bus.utilisation ?? null,
    exchanges: bus.exchanges ?? null,
    timeouts: bus.timeouts ?? null,
    checksumErrors: bus.checksumErrors ?? null,
    lateFrames: bus.lateFrames ?? null,
    reopens: bus.reopens ?? null,
  };
}

export function shownDevice(gateway: string, device: DeviceView): ShownDevice {
  const { id, meta, identity } = device;
  const names = new Set([...(meta?.points.keys() ?? []), ...device.values.keys()]);
  return {
    gateway,
    id,
    label: meta?.label ?? null,
    bus: device.bus ?? null,
    driver: meta?.driver ?? null,
    health: device.health ?? null,
    fault: device.fault === undefined ? null : shownFault(device.fault),
    latencyMs: device.latencyMs ?? null,
    lastGoodAt: device.lastGoodAt ?? null,
    identity: identity === undefined ? null : tableOf(identity),
    points: Array.from(names, (name) => shownPoint(name, meta?.points.get(name), device.values.get(name))),
    commands: meta?.commands ?? [],
  };
}

function shownPoint(name: string, meta: PointMeta | undefined, value: Shown | undefined): ShownPoint {
  const write = meta?.write;
  return {
    name,
    label: meta?.label ?? null,
    unit: meta?.unit ?? null,
    quantity: meta?.quantity ?? null,
    type: meta?.type ?? typeOf(value),
    ...(write !== undefined && {
      write: {
        ...(write.min !== undefined && { min: write.min }),
        ...(write.max !== undefined && { max: write.max }),
        ...(write.step !== undefined && { step: write.step }),
        ...(write.oneOf !== undefined && { oneOf: write.oneOf }),
        confirm: write.confirm,
      },
    }),
  };
}

function typeOf(value: Shown | undefined): ShownPoint['type'] {
  if (typeof value === 'string') return 'text';
  return typeof value === 'number' || typeof value === 'boolean' ? (typeof value as 'number' | 'boolean') : null;
}

/** @param points those that are told */
export function shownValues(gateway: ViewState, id: string, device: DeviceView, points: Iterable<string>): ShownValues {
  const values = Object.create(null) as Table<Shown>;
  for (const point of points) values[point] = device.values.get(point) ?? null;
  const quality = qualityOf(gateway, device);
  return {
    gateway: id,
    device: device.id,
    at: device.at ?? 0,
    values,
    ...(quality !== undefined && { quality }),
  };
}

/** Why values are not good: their publisher is away, they can't be read, or there is none. */
function qualityOf(gateway: ViewState, device: DeviceView): Readonly<Table<string>> | undefined {
  const isStale = gateway.online === false || device.health === 'offline' || device.health === 'unloaded';
  const unreadable = new Set(device.unreadable.map(([point]) => point));
  const quality = Object.create(null) as Table<string>;
  let isGood = true;
  for (const [point, value] of device.values) {
    if (!isStale && value !== null) continue;
    isGood = false;
    quality[point] = isStale ? 'stale' : unreadable.has(point) ? 'bad' : 'none';
  }
  return isGood ? undefined : quality;
}

function tableOf(map: ReadonlyMap<string, string>): Readonly<Table<string>> {
  const table = Object.create(null) as Table<string>;
  for (const [key, value] of map) table[key] = value;
  return table;
}
