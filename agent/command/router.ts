import { Fault } from '../../drivers/contract/fault.ts';
import type { DeviceControl, GatewayControl } from '../device/control.ts';
import { DEVICE_COMMANDS } from './device-commands.ts';
import { GATEWAY_COMMANDS } from './gateway-commands.ts';
import type { CommandJob } from './job.ts';
import type { CommandTopic } from './request/topics.ts';
import { scopeOf } from './signature/scope.ts';
import type { WriteRules } from './write/rules.ts';
import type { Selections } from './write/selections.ts';

export interface Targets {
  readonly devices: ReadonlyMap<string, DeviceControl>;
  /** Made with the same devices. */
  readonly guard: WriteRules;
  readonly selections: Selections;
  readonly gateway: GatewayControl;
  /** `commands.allow` of the config. A device command must be in this list and in the device's own. */
  readonly allow: readonly string[];
}

/**
 * From a topic and args to a job, by closed tables only: no name that comes from outside is ever more than a key.
 * @throws Fault `command/unknown`, `command/unknown-device`, `command/not-allowed`, `command/unloaded`, and of bad args
 *   `command/malformed`, `command/unknown-point`, `command/not-writable`, `command/value`, and the faults of {@link
 *   WriteRules} and {@link Selections}
 */
export function route(targets: Targets, topic: CommandTopic, args: Readonly<Record<string, unknown>>): CommandJob {
  const { name } = topic;
  const listed = scopeOf(name);
  const isListed = targets.allow.includes(listed);
  if (topic.device === undefined) {
    const command = GATEWAY_COMMANDS.get(name);
    if (command === undefined) throw new Fault('command/unknown');
    if (!command.always && !isListed) throw new Fault('command/not-allowed');
    return command.prepare(targets.gateway, args);
  }
  const command = DEVICE_COMMANDS.get(name);
  if (command === undefined) throw new Fault('command/unknown');
  const device = targets.devices.get(topic.device);
  if (device === undefined) throw new Fault('command/unknown-device');
  if (!isListed) throw new Fault('command/not-allowed');
  if (!device.loaded) throw new Fault('command/unloaded');
  if (!device.allow.includes(listed)) throw new Fault('command/not-allowed');
  return command.prepare({ device, guard: targets.guard, selections: targets.selections }, args);
}

/** These change nothing: that they could not be recorded is no reason to refuse them. */
const QUESTIONS: readonly string[] = ['ping', 'status', 'diagnostics', 'read'];

/** Whether a command may have done something when its answer is lost. */
export function changesSomething(command: string): boolean {
  return !QUESTIONS.includes(command);
}

/** Whether a gateway or a device has a command of this name. */
export function isCommand(name: string): boolean {
  return GATEWAY_COMMANDS.has(name) || DEVICE_COMMANDS.has(name);
}
