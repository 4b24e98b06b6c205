import { randomUUID } from 'node:crypto';
import type { DeviceConfig } from '../../config/config.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { type Duration, milliseconds } from '../../drivers/contract/duration.ts';
import type { Clock } from '../clock/clock.ts';
import { ContainedClock } from '../clock/contained-clock.ts';
import { Supervisor } from '../clock/supervisor.ts';
import { Ticker } from '../clock/ticker.ts';
import { TimingThread } from '../clock/timing-thread.ts';
import type { Signatures } from '../command/signature/signatures.ts';
import { Fieldward } from '../convention/fieldward.ts';
import { EventLog } from '../device/event-log.ts';
import type { DeviceDescription } from '../device/events.ts';
import { UnloadedDevice } from '../device/unloaded-device.ts';
import { DiskGates, readMounts } from '../files/disk-gate.ts';
import type { LifecycleStep } from '../lifecycle/lifecycle.ts';
import { MqttLink } from '../link/mqtt-link.ts';
import { Topics } from '../link/topics.ts';
import type { PinoLog } from '../log/pino-log.ts';
import { Metrics } from '../metrics/metrics.ts';
import { Sequence } from '../sequence/sequence.ts';
import type { Notify } from '../service/notify.ts';
import { LocalStatusFile } from '../status/local-status.ts';
import { ProcessFigures } from '../status/process-figures.ts';
import { StatusPublisher } from '../status/publisher.ts';
import { type Status, statusJsonSchema } from '../status/schema.ts';
import { buildStatus } from '../status/status.ts';
import { Announced } from '../telemetry/announced.ts';
import { AnnouncedFile, machineMark } from '../telemetry/announced-file.ts';
import { ClockWatch } from '../telemetry/clock-state.ts';
import { Telemetry } from '../telemetry/telemetry.ts';
import { type AnyDevice, createBus } from './buses.ts';
import { Captures } from './captures.ts';
import { Control } from './control.ts';
import { Conventions } from './conventions.ts';
import { EventRelay } from './event-relay.ts';
import { Gateway } from './gateway.ts';
import { createOutbox } from './outbox.ts';
import { Service } from './service.ts';
import { Sparkplug } from './sparkplug.ts';
import { stopBuses } from './stop-buses.ts';

export interface AppOptions {
  readonly loaded: LoadedConfig;
  readonly clock: Clock;
  readonly log: PinoLog;
  readonly version: string;
  /** The program of the timing thread. */
  readonly timingWorker: URL;
  readonly signatures: Signatures;
  /** The service manager, and how often it wants to hear that all is well: undefined, never. */
  readonly notify: Notify;
  readonly watchdog: Duration | undefined;
}

const START_LIMIT = milliseconds(10_000);
const STOP_LIMIT = milliseconds(3000);
/** Log lines that the rate held back are told of no later than this. */
const TELL_SUPPRESSED = milliseconds(60_000);

/**
 * All parts of one gateway, in the order of their start. They are stopped from the last to the first: commands are
 * refused, lines close, readings are flushed, then the goodbye.
 * @param restart called when a restart is asked for by command
 */
export function assemble(options: AppOptions, restart: () => void): readonly LifecycleStep[] {
  const { loaded, log, version, timingWorker, signatures } = options;
  const { config } = loaded;
  const boot = randomUUID();
  const supervisor = new Supervisor({ clock: options.clock, log });
  const clock = new ContainedClock(options.clock, supervisor);
  const topics = new Topics(config.mqtt.topicPrefix, config.gateway);
  const gates = new DiskGates(readMounts());
  const outbox = createOutbox(config.outbox, gates, clock, log, supervisor);
  const { directory, runtimeDirectory } = config.outbox;
  const sequence = new Sequence({
    ...{ directory, runtimeDirectory, clock, log, supervisor },
    gate: gates.at(directory ?? '/'),
  });
  const fieldward = new Fieldward(topics);
  const clockWatch = new ClockWatch(clock);
  const clockState = () => clockWatch.state;
  const link = new MqttLink({
    config: config.mqtt,
    clientId: config.gateway,
    presence: fieldward,
    ...{ clock, clockState, log, random: Math.random, supervisor },
  });
  const startedAt = clock.now();

  const captures = new Captures({ config, gates, clock, log, supervisor });
  const relay = new EventRelay(supervisor);
  const isSerial = config.buses.some(({ port }) => 'path' in port);
  const mistake = (thrown: unknown) => supervisor.failed('timing thread', thrown);
  const pacer = isSerial ? new TimingThread(timingWorker, () => log.error('timing thread lost'), mistake) : undefined;
  const parts = {
    ...{ clock, log, random: Math.random, pacer, events: relay, supervisor },
    ...{ drivers: loaded.drivers, devices: loaded.devices, budgets: loaded.budgets, taps: captures.taps },
    isClockSynchronized: () => clockWatch.state === 'synchronized',
  };
  const loadedBuses = config.buses.map((bus) => createBus(bus, parts));
  const buses = loadedBuses.map(({ bus }) => bus);
  const devices: readonly AnyDevice[] = loadedBuses.flatMap((each) => each.devices);
  const configs = new Map(config.buses.flatMap((bus) => bus.devices.map((each) => [each.id, each])));

  const conventions = new Conventions({
    ...{ config, version, devices, topics, fieldward, machine: machineMark(), link, clock, log, supervisor },
    again: () => {
      telemetry.again();
      status.again();
    },
  });
  const { publisher } = conventions;
  const telemetry = new Telemetry({
    devices: devices.map((device) => describe(device, configs.get(device.id))),
    ...{ convention: fieldward, publisher, values: config.mqtt.values },
    ...{ boot, clock, clockWatch, sequence, outbox, link, log, random: Math.random, supervisor },
    backfillPerS: config.outbox.backfillPerS,
  });

  const sparkplug = new Sparkplug({
    ...{
      config,
      version,
      machine: machineMark(),
      devices: conventions.loaded,
      outbox,
      clock,
      clockState,
      log,
      supervisor,
    },
    uptime: () => clock.now() - startedAt,
    newest: (device) => telemetry.newest(device),
    write: (...asked) => control.write(...asked),
  });
  const announced = new Announced({
    file: directory === undefined ? undefined : new AnnouncedFile(directory, machineMark()),
    ...{ devices: devices.map(({ id }) => id), points: conventions.plainPoints },
    ...{ topics, link, clock, log, supervisor },
  });

  const figures = new ProcessFigures(clock);
  const current = (): Status =>
    buildStatus({
      version,
      boot,
      configHash: loaded.hash,
      uptime: clock.now() - startedAt,
      wall: clock.wall(),
      clock: clockWatch.state,
      link: link.status(),
      homeAssistant: conventions.homeAssistant(),
      sparkplug: sparkplug.status(),
      metrics: metrics.status(),
      outbox: outbox.status(),
      sequence,
      forwarding: telemetry.forwarding(),
      buses: buses.map((bus) => bus.snapshot()),
      devices: devices.map((device) => device.snapshot()),
      ...{ recorders: captures.recording, outputs: control.outputs() },
      commands: control.status(),
      process: figures.read(),
    });
  const status = new StatusPublisher({ current, link, publisher, clock, log, supervisor });
  const metrics = new Metrics({
    ...{ config: config.metrics, gateway: config.gateway, version, status: current, schema: statusJsonSchema },
    ...{ clock, log, supervisor, random: Math.random },
  });
  const localStatus = new LocalStatusFile({ directory: runtimeDirectory, current, clock, log, supervisor });
  const gateway = new Gateway({
    ...{ clock, log, supervisor, restart },
    ...{ setLevel: (level) => log.setLevel(level), level: config.log.level },
    buses: new Map(buses.map((bus) => [bus.id, bus])),
    status: current,
    diagnostics: () => ({
      logLinesDropped: log.dropped,
      readingsRefused: telemetry.forwarding().refused,
      commands: control.diagnostics(),
    }),
  });
  const control = new Control({
    ...{ loaded, boot, clock, log, link, devices, gateway, clockState, signatures, gates, supervisor },
  });
  relay.to = {
    ...{ telemetry, identities: conventions.identities, log: new EventLog(log) },
    ...{ outputs: control.events, sparkplug: sparkplug.events, recorders: captures.events },
  };

  const forwarding = () => telemetry.forwarding();
  const outputs = () => control.outputs();
  const service = new Service({ ...options, clock, link, outbox, buses, devices, forwarding, outputs, supervisor });

  const suppressed = new Ticker({
    ...{ clock, period: TELL_SUPPRESSED, job: async () => log.reportSuppressed() },
    onFault: (fault) => supervisor.failed('suppressed log lines', fault),
  });

  return [
    step(
      'log',
      async () => suppressed.start(),
      () => suppressed.stop(),
    ),
    step(
      'timing',
      async () => pacer?.start(),
      async () => pacer?.stop(),
    ),
    step(
      'sequence',
      (signal) => sequence.open(signal),
      (signal) => sequence.close(signal),
    ),
    step(
      'outbox',
      async (signal) => {
        await outbox.open(signal);
        await sequence.goBeyond(outbox.lastSeq, signal);
      },
      (signal) => outbox.close(signal),
    ),
    step(
      'journals',
      async () => undefined,
      (signal) => control.close(signal),
    ),
    step(
      'link',
      async (signal) => {
        await control.start(signal);
        await Promise.all([announced.open(signal), conventions.open(signal)]);
        link.start();
        await sparkplug.start(signal);
        service.linkStarted();
      },
      async (signal) => {
        announced.stop();
        conventions.stop();
        await Promise.all([link.stop(signal), sparkplug.stop(signal)]);
      },
    ),
    step(
      'telemetry',
      async () => undefined,
      (signal) => telemetry.stop(signal),
    ),
    step(
      'status',
      async () => {
        for (const each of [figures, status, metrics, localStatus]) each.start();
      },
      async () => {
        await Promise.all([figures.stop(), status.stop(), metrics.stop(), localStatus.stop()]);
      },
    ),
    step(
      'captures',
      () => captures.start(buses),
      () => captures.stop(),
    ),
    step(
      'buses',
      async () => {
        for (const bus of buses) await bus.start();
      },
      (signal) => stopBuses(buses, clock, log, signal),
    ),
    step(
      'devices',
      async () => {
        for (const device of devices) if (device instanceof UnloadedDevice) device.start();
      },
      async () => gateway.stop(),
    ),
    step(
      'commands',
      async () => undefined,
      (signal) => control.stop(signal),
    ),
    // last: when it starts, all that has to run does
    step(
      'service',
      async () => service.start(),
      () => service.stop(),
    ),
  ];
}

/** A device that talks by itself has no period, also where the config has a default. */
function describe({ id, points, kind }: AnyDevice, config: DeviceConfig | undefined): DeviceDescription {
  const { heartbeatMs = 0, staleAfterMs = 0, pollMs = 0 } = config ?? {};
  return { id, points, heartbeatMs, staleAfterMs, pollMs: kind === 'poll' ? pollMs : 0 };
}

function step(name: string, start: LifecycleStep['start'], stop: LifecycleStep['stop']): LifecycleStep {
  return { name, start, stop, startLimit: START_LIMIT, stopLimit: STOP_LIMIT };
}
