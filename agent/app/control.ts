import type { LoadedConfig } from '../../config/load.ts';
import { FAULTS } from '../../drivers/contract/faults.ts';
import { AuditJournal } from '../audit/journal.ts';
import type { Clock, ClockState } from '../clock/clock.ts';
import type { Supervisor } from '../clock/supervisor.ts';
import { Commands } from '../command/commands.ts';
import type { LinkLossStanding } from '../command/fail-safe/output-write.ts';
import { FailSafeOutputs } from '../command/fail-safe/outputs.ts';
import type { Signatures } from '../command/signature/signatures.ts';
import { WriteRules } from '../command/write/rules.ts';
import type { GatewayControl } from '../device/control.ts';
import type { DeviceEvents } from '../device/events.ts';
import type { DiskGates } from '../files/disk-gate.ts';
import type { Link } from '../link/link.ts';
import type { Log } from '../log/log.ts';
import type { CommandsStatus } from '../status/schema.ts';
import type { AnyDevice } from './buses.ts';

export interface ControlParts {
  readonly loaded: LoadedConfig;
  readonly boot: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly link: Link;
  readonly devices: readonly AnyDevice[];
  readonly gateway: GatewayControl;
  readonly clockState: () => ClockState;
  readonly signatures: Signatures;
  readonly gates: DiskGates;
  readonly supervisor: Supervisor;
}

/** Everything through which something is written: requests from afar, and the outputs for when nobody can send any. */
export class Control {
  readonly #audit: AuditJournal;
  readonly #guard: WriteRules;
  readonly #commands: Commands;
  readonly #linkLoss: FailSafeOutputs;

  constructor(parts: ControlParts) {
    const { loaded, boot, clock, log, link, devices, gateway, clockState, signatures, gates, supervisor } = parts;
    const { config } = loaded;
    const { directory, auditMaxBytes: maxBytes } = config.commands;
    const gate = directory === undefined ? undefined : gates.at(directory);
    const byId = new Map(devices.map((device) => [device.id, device]));
    this.#audit = new AuditJournal({ directory, maxBytes, clock, log, boot, gate, supervisor });
    this.#guard = new WriteRules({ devices, clock, log, directory, gate });
    this.#commands = new Commands({
      ...{ clock, link, log, gateway, clockState, signatures, gate, supervisor },
      config: { prefix: config.mqtt.topicPrefix, gateway: config.gateway, commands: config.commands },
      devices: byId,
      guard: this.#guard,
      audit: this.#audit,
    });
    const outputs = config.buses.flatMap((bus) =>
      bus.devices.flatMap(({ id, onLinkLoss }) => {
        const control = byId.get(id);
        if (control === undefined || onLinkLoss === undefined) return [];
        return [{ control, afterMs: onLinkLoss.afterMs, values: new Map(Object.entries(onLinkLoss.write)) }];
      }),
    );
    this.#linkLoss = new FailSafeOutputs({
      ...{ devices: outputs, link, clock, log, supervisor },
      ...{ audit: this.#audit, guard: this.#guard },
    });
  }

  /** Before the link's start. */
  async start(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#audit.open(signal), this.#guard.open(signal)]);
    await this.#commands.start(signal);
    this.#linkLoss.start();
  }

  /** Takes and writes nothing more; running commands settle. While the lines are still open. */
  async stop(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#commands.stop(signal), this.#linkLoss.stop(signal)]);
  }

  /** Notes that wait go to the disk. After `stop`. */
  async close(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#audit.close(signal), this.#guard.close(signal)]);
  }

  /** For outputs that wait for their device. */
  get events(): DeviceEvents {
    return {
      samples: () => undefined,
      failed: () => undefined,
      availability: (device, online) => {
        if (online) this.#linkLoss.heard(device);
      },
    };
  }

  /** See `Commands.write`. */
  write(device: string, args: Readonly<Record<string, unknown>>, user: string, hear: (reply: string) => void): void {
    this.#commands.write(device, args, user, hear);
  }

  status(): CommandsStatus {
    const { enabled, lockedOut, durable, clockBehind, executed, refused, repeated } = this.#commands.snapshot();
    const code = 'command/clock-behind';
    const clockFault = clockBehind ? ({ code, message: FAULTS[code].message } as const) : null;
    return { enabled, lockedOut, durable, clockFault, executed, refused, repeated, audit: this.#audit.status() };
  }

  /** By device: the fate of the outputs that were due because the broker was away. */
  outputs(): ReadonlyMap<string, LinkLossStanding> {
    return this.#linkLoss.standings();
  }

  diagnostics(): Readonly<Record<string, unknown>> {
    return { ...this.#commands.snapshot() };
  }
}
