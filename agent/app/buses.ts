import type { BusBudget } from '../../config/budget/budget.ts';
import type { BusConfig, DeviceConfig } from '../../config/config.ts';
import type { DriverOutcome } from '../../config/devices.ts';
import type { Device, Stray } from '../../drivers/contract/driver.ts';
import { type Duration, milliseconds } from '../../drivers/contract/duration.ts';
import { Fault } from '../../drivers/contract/fault.ts';
import type { FaultCode } from '../../drivers/contract/faults.ts';
import type { Pacer, Port } from '../../drivers/contract/port.ts';
import { createPort, portTiming } from '../../drivers/port/create.ts';
import { Bus } from '../bus/bus.ts';
import { TappedPort } from '../capture/tapped-port.ts';
import type { WireTap } from '../capture/wire-tap.ts';
import type { Clock } from '../clock/clock.ts';
import { withDeadline } from '../clock/deadline.ts';
import type { Supervisor } from '../clock/supervisor.ts';
import type { DeviceEvents } from '../device/events.ts';
import { PolledDevice } from '../device/polled-device.ts';
import type { PolledDeviceOptions } from '../device/polled-device-options.ts';
import { StreamingDevice } from '../device/streaming-device.ts';
import { TwofoldDevice } from '../device/twofold-device.ts';
import { UnloadedDevice } from '../device/unloaded-device.ts';
import type { Log } from '../log/log.ts';

export type AnyDevice = PolledDevice | StreamingDevice | TwofoldDevice | UnloadedDevice;

export interface LoadedBus {
  readonly bus: Bus;
  readonly devices: readonly AnyDevice[];
}

export interface BusParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  /** Writes the serial ports' requests at their instants. */
  readonly pacer: Pacer | undefined;
  readonly events: DeviceEvents;
  /** By bus: the tap that sees its bytes. */
  readonly taps?: ReadonlyMap<string, WireTap> | undefined;
  readonly supervisor?: Supervisor | undefined;
  readonly isClockSynchronized: () => boolean;
  /** The outcome of loading each driver that the config names. */
  readonly drivers: ReadonlyMap<string, DriverOutcome>;
  /** By id, as the drivers made them. */
  readonly devices: ReadonlyMap<string, Device>;
  /** By bus; a bus without one has the configured gap. */
  readonly budgets: ReadonlyMap<string, Pick<BusBudget, 'gapMs'>>;
}

/** The port of Modbus TCP, whose frames are others than those of Modbus RTU. */
const MODBUS_TCP = 502;
/** They speak over a raw TCP port as over a line. */
const LINE_DRIVERS: ReadonlySet<string> = new Set(['modbus-rtu', 'modbus-ascii']);

/** How long a port may take to close before it is left to itself. */
const CLOSE_LIMIT: Duration = milliseconds(1000);

/** One bus with its devices, as the config describes it; a device that can't be made is there as `unloaded`. */
export function createBus(config: BusConfig, parts: BusParts): LoadedBus {
  const { clock, random } = parts;
  const log = parts.log.with({ bus: config.id });
  const { port, throttle } = config;
  const timing = portTiming(port);
  const tap = parts.taps?.get(config.id);
  const tapped = (made: Port) => (tap === undefined ? made : new TappedPort(made, tap, () => clock.now()));
  const gapMs = parts.budgets.get(config.id)?.gapMs ?? throttle.gapMs;
  const bus = new Bus({
    id: config.id,
    timing,
    echo: port.echo,
    gap: milliseconds(throttle.gapMs),
    maxQueue: throttle.maxQueue,
    maxWait: milliseconds(throttle.maxWaitMs),
    maxRun: milliseconds(throttle.maxRunMs),
    commandBurst: throttle.commandBurst,
    reopenMin: milliseconds(port.reopenMinMs),
    reopenMax: milliseconds(port.reopenMaxMs),
    settle: milliseconds(port.settleMs),
    idleClose: milliseconds('idleCloseMs' in port ? port.idleCloseMs : 0),
    silentReopen: milliseconds(port.silentReopenMs),
    createPort: () => tapped(createPort(port, (work) => bounded(clock, work), parts.pacer)),
    clock,
    log,
    random,
    supervisor: parts.supervisor,
  });
  const silence = 'tcpPort' in port && port.tcpPort === MODBUS_TCP ? ('modbus/tcp-port' as const) : undefined;
  const identifying = { pace: { timing, gapMs }, maxRunMs: throttle.maxRunMs };
  const more = { log, gapMs, silence, identifying };
  return { bus, devices: config.devices.map((device) => createMember(bus, device, { ...parts, ...more })) };
}

interface MemberParts extends BusParts {
  readonly silence: FaultCode | undefined;
  /** The silence that the line keeps between any two operations. */
  readonly gapMs: number;
  readonly identifying: PolledDeviceOptions['identifying'];
}

function createMember(bus: Bus, config: DeviceConfig, parts: MemberParts): AnyDevice {
  const { clock, events, log } = parts;
  const { id, staleAfterMs, maxReadingsPerS, pollMs } = config;
  const { allow } = config.commands;
  const device = parts.devices.get(id);
  if (device === undefined) {
    const outcome = parts.drivers.get(config.driver);
    const fault = new Fault(outcome?.loaded === false ? outcome.fault : 'driver/create');
    log.error('device unloaded', { device: id }, fault);
    return new UnloadedDevice(id, bus.id, fault, events);
  }
  const common = { id, bus: bus.id, clock, events, staleAfterMs, allow };
  const health = { offlineAfter: config.offlineAfter, probeMin: config.probeMinMs, probeMax: config.probeMaxMs };
  const timeouts = { minTimeoutMs: config.minTimeoutMs };
  const minGapMs = config.minGapMs > parts.gapMs ? config.minGapMs : 0;
  const silence = LINE_DRIVERS.has(config.driver) ? parts.silence : undefined;
  const identifying = config.identity?.ask === false ? undefined : parts.identifying;
  const asking = { line: bus, pollMs, staleAfterMs, health, timeouts, minGapMs, silence, identifying };
  if (device.kind === 'poll') {
    // one literal, so that all of them have one shape
    const member = new PolledDevice({
      ...{ id, bus: bus.id, device, line: bus, clock, events, pollMs, staleAfterMs },
      ...{ minGapMs, health, timeouts, allow, identifying, silence },
    });
    bus.add(member);
    return member;
  }
  const stray = (kind: Stray) => bus.countStray(kind);
  const talking = { ...common, stray, isClockSynchronized: parts.isClockSynchronized, maxReadingsPerS };
  const { asked } = device;
  if (asked === undefined) {
    const member = new StreamingDevice({ ...talking, device });
    bus.add(member);
    return member;
  }
  const twofold = new TwofoldDevice({ device: { ...device, asked }, talking, asking });
  for (const member of twofold.members) bus.add(member);
  return twofold;
}

async function bounded(clock: Clock, work: Promise<void>): Promise<void> {
  try {
    await withDeadline(clock, CLOSE_LIMIT, new AbortController().signal, () => work);
  } catch {
    // late or failed: the port is of no use either way
  }
}
