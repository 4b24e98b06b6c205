import type { Config, DeviceConfig } from '../../config/config.ts';

/** Whether a command is taken without a signature: for conventions that have none. */
export function isOpen({ commands }: Config, name: string): boolean {
  const { enabled, allow, signing } = commands;
  return enabled && allow.includes(name) && !signing.required.includes(name);
}

/** The devices that may be written without a signature. */
export function openWrites(config: Config): ReadonlySet<string> {
  if (!isOpen(config, 'write')) return new Set();
  const devices = config.buses.flatMap((bus) => bus.devices.filter(({ commands }) => commands.allow.includes('write')));
  return new Set(devices.map(({ id }) => id));
}

/** Commands that the gateway takes for the device, signed or not. */
export function takenCommands({ commands }: Config, device: DeviceConfig): readonly string[] {
  if (!commands.enabled) return [];
  return device.commands.allow.filter((name) => commands.allow.includes(name));
}
