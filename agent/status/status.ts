import { AMOUNTS } from '../../config/limits.ts';
import { FAULTS, type FaultCode } from '../../drivers/contract/faults.ts';
import type { BusSnapshot } from '../bus/snapshot.ts';
import type { LinkLossStanding } from '../command/fail-safe/output-write.ts';
import type { DeviceSnapshot } from '../device/snapshot.ts';
import type { LinkStatus } from '../link/link.ts';
import type { MetricsStatus } from '../metrics/metrics.ts';
import type { OutboxStatus } from '../outbox/outbox.ts';
import { type Status, UNREADABLE_TOLD } from './schema.ts';

const DAY = 86_400_000;

/** All that status is made of, as the parts tell it. */
export interface Snapshots {
  readonly version: string;
  readonly boot: string;
  readonly configHash: string;
  /** Milliseconds since the agent started, on the monotonic clock. */
  readonly uptime: number;
  /** Wall clock, milliseconds since 1970. */
  readonly wall: number;
  readonly clock: Status['clock'];
  readonly link: LinkStatus;
  /** Whether Home Assistant is told of the plant, and why not all of it. */
  readonly sparkplug: {
    readonly on: boolean;
    readonly born: boolean;
    readonly fault: { readonly code: FaultCode } | null;
    readonly certificate: LinkStatus['certificate'];
  };
  readonly homeAssistant: { readonly on: boolean; readonly fault: { readonly code: FaultCode } | null };
  readonly metrics: MetricsStatus;
  readonly outbox: OutboxStatus;
  /** The bytes that the numbers of the readings wrote, and how many numbers were left out. */
  readonly sequence: { readonly writtenBytes: number; readonly skipped: number };
  readonly forwarding: { readonly refused: number; readonly fault: { readonly code: FaultCode } | null };
  readonly buses: readonly BusSnapshot[];
  /** By bus, where the config has a recorder. */
  readonly recorders: ReadonlyMap<string, 'on' | 'off'>;
  readonly devices: readonly DeviceSnapshot[];
  /** By device: its outputs for when the broker is away, where they were due. */
  readonly outputs: ReadonlyMap<string, LinkLossStanding>;
  readonly commands: Status['commands'];
  readonly process: Status['process'];
}

/**
 * The status, built field by field: a field that is not named here is not in it. Numbers are brought into the schema's
 * bounds, so that a counter that went wrong costs its own value and not the whole status.
 */
export function buildStatus(from: Snapshots): Status {
  const { link, outbox, sequence, forwarding } = from;
  const writtenBytes = outbox.writtenBytes + sequence.writtenBytes;
  return {
    version: from.version,
    boot: from.boot,
    configHash: from.configHash,
    uptimeS: whole(from.uptime / 1000),
    at: new Date(from.wall).toISOString(),
    clock: from.clock,
    mqtt: {
      connected: link.connected,
      connectedSince: time(link.connectedSince),
      reconnects: whole(link.reconnects),
      fault: words(link.fault?.code),
      lastFault: words(link.lastFault?.code),
      takeovers: whole(link.takeovers),
      broker: link.broker === null ? null : Math.min(AMOUNTS.fallbackUrls, whole(link.broker)),
      protocolVersion: link.terms?.version ?? null,
      retained: link.terms?.retained ?? null,
      maxQos: link.terms?.maximumQos ?? null,
      maxPacketBytes: link.terms?.maximumPacketSize == null ? null : whole(link.terms.maximumPacketSize),
      tooLarge: whole(link.tooLarge),
      certificateDaysLeft: days(link.certificate.daysLeft),
      certificateFault: words(link.certificate.fault?.code),
      denied: whole(link.denied),
      deniedFault: words(link.denied > 0 ? 'link/denied' : null),
    },
    conventions: {
      homeAssistant: { on: from.homeAssistant.on, fault: words(from.homeAssistant.fault?.code) },
      sparkplug: {
        on: from.sparkplug.on,
        born: from.sparkplug.born,
        fault: words(from.sparkplug.fault?.code),
        certificateDaysLeft: days(from.sparkplug.certificate.daysLeft),
        certificateFault: words(from.sparkplug.certificate.fault?.code),
      },
    },
    metrics: {
      textfile: { on: from.metrics.textfile.on, fault: words(from.metrics.textfile.fault?.code) },
      otlp: {
        on: from.metrics.otlp.on,
        fault: words(from.metrics.otlp.fault?.code),
        rejected: whole(from.metrics.otlp.rejected),
      },
    },
    leftOut: { devices: 0, buses: 0 },
    outbox: {
      held: whole(outbox.held),
      bytes: whole(outbox.bytes),
      dropped: whole(outbox.dropped),
      refused: whole(forwarding.refused),
      fault: words(forwarding.fault?.code),
      durable: outbox.durable,
      diskFault: words(outbox.fault),
      damaged: whole(outbox.damaged),
      skipped: whole(sequence.skipped),
      writtenBytes: whole(writtenBytes),
      writtenBytesPerReading: outbox.taken === 0 ? null : tenths(writtenBytes / outbox.taken),
      writtenBytesPerDay: from.uptime > 0 ? whole((writtenBytes / from.uptime) * DAY) : 0,
    },
    buses: Object.fromEntries(from.buses.map((bus) => [bus.id, busStatus(bus, from.recorders.get(bus.id))])),
    devices: Object.fromEntries(
      from.devices.map((device) => [device.id, deviceStatus(device, from.outputs.get(device.id))]),
    ),
    commands: commandsStatus(from.commands),
    process: {
      rssBytes: whole(from.process.rssBytes),
      eventLoopDelayMs: tenths(from.process.eventLoopDelayMs),
      eventLoopDelayMaxMs: tenths(from.process.eventLoopDelayMaxMs),
    },
  };
}

/** The part of the status that an operator is told at once; counters and figures wait for the minute. */
export function whatMatters(status: Status): string {
  const { mqtt, outbox, buses, devices, clock, commands } = status;
  const matters = [
    clock,
    commands.clockFault?.code,
    mqtt.connectedSince,
    mqtt.fault?.code,
    mqtt.takeovers,
    mqtt.retained,
    mqtt.denied,
    mqtt.certificateFault?.code,
    status.conventions.sparkplug.certificateFault?.code,
    status.conventions.homeAssistant.fault?.code,
    status.conventions.sparkplug.born,
    status.conventions.sparkplug.fault?.code,
    status.metrics.textfile.fault?.code,
    status.metrics.otlp.fault?.code,
    outbox.dropped,
    outbox.refused,
    outbox.durable,
  ];
  matters.push(outbox.fault?.code, outbox.diskFault?.code, outbox.damaged);
  for (const { open, fault } of Object.values(buses)) matters.push(open, fault?.code);
  for (const { health, fault, outputs: set, unreadable, unreadableMore } of Object.values(devices)) {
    matters.push(health, fault?.code, set?.outcome, set?.fault?.code, unreadableMore);
    for (const each of unreadable) matters.push(each.point, each.fault.code);
  }
  return matters.join(' ');
}

function busStatus(bus: BusSnapshot, recorder: 'on' | 'off' | undefined): Status['buses'][string] {
  return {
    open: bus.open,
    state: bus.open ? 'open' : 'closed',
    fault: words(bus.fault),
    utilisation: Math.min(1, Math.round(atLeast0(bus.utilisation) * 1000) / 1000),
    exchanges: whole(bus.exchanges),
    timeouts: whole(bus.timeouts),
    checksumErrors: whole(bus.checksumErrors),
    lateFrames: whole(bus.lateFrames),
    foreignFrames: whole(bus.foreignFrames),
    truncatedFrames: whole(bus.truncatedFrames),
    echoes: whole(bus.echoes),
    noise: whole(bus.noise),
    reopens: whole(bus.reopens),
    silentReopens: whole(bus.silentReopens),
    orderlyCloses: whole(bus.orderlyCloses),
    latencyTimerMs: bus.latencyTimerMs === null ? null : Math.min(255, whole(bus.latencyTimerMs)),
    recorder: recorder ?? null,
    queued: whole(bus.queued),
    rejected: whole(bus.rejected),
    expired: whole(bus.expired),
    overruns: whole(bus.overruns),
  };
}

function deviceStatus(device: DeviceSnapshot, outputs: LinkLossStanding | undefined): Status['devices'][string] {
  return {
    bus: device.bus,
    health: device.health,
    lastGoodAt: time(device.lastGoodAt),
    fault: words(device.fault),
    latencyMs: device.latencyMs === null ? null : tenths(device.latencyMs),
    timeoutMs: device.timeoutMs === null ? null : tenths(device.timeoutMs),
    readings: whole(device.readings),
    failures: whole(device.failures),
    passedOver: whole(device.passedOver),
    thinned: whole(device.thinned),
    outputs: outputs === undefined ? null : outputsStatus(outputs),
    unreadable: device.unreadable
      .slice(0, UNREADABLE_TOLD)
      .map(({ point, code }) => ({ point, fault: { code, message: FAULTS[code].message } })),
    unreadableMore: Math.max(0, device.unreadable.length - UNREADABLE_TOLD),
  };
}

function outputsStatus({ outcome, code, tries, at }: LinkLossStanding): Status['devices'][string]['outputs'] {
  return { outcome, fault: words(code), tries: whole(tries), at: new Date(at).toISOString() };
}

function words(code: FaultCode | null | undefined): Status['mqtt']['fault'] {
  return code === null || code === undefined ? null : { code, message: FAULTS[code].message };
}

function time(wall: number | null): string | null {
  return wall === null ? null : new Date(wall).toISOString();
}

/** Below 0 where it is over. */
function days(left: number | null): number | null {
  return left === null || !Number.isFinite(left) ? null : Math.floor(left);
}

function whole(value: number): number {
  return Math.floor(atLeast0(value));
}

function tenths(value: number): number {
  return Math.round(atLeast0(value) * 10) / 10;
}

function atLeast0(value: number): number {
  return Number.isFinite(value) ? Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, value)) : 0;
}

function commandsStatus(from: Status['commands']): Status['commands'] {
  const { enabled, lockedOut, durable, clockFault, executed, refused, repeated, audit } = from;
  return {
    enabled,
    lockedOut,
    durable,
    clockFault: words(clockFault?.code),
    executed: whole(executed),
    refused: whole(refused),
    repeated: whole(repeated),
    audit: { entries: whole(audit.entries), head: audit.head, durable: audit.durable, lost: whole(audit.lost) },
  };
}
