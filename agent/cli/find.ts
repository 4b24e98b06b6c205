import type { BusConfig, DeviceConfig } from '../../config/config.ts';
import { type LoadedConfig, loadConfig } from '../../config/load.ts';
import { openCatalogue } from '../../drivers/registry/loader.ts';
import { describeRefusal } from './check.ts';
import { type CliIo, DEFAULT_CONFIG } from './io.ts';

/** The config that `--config` names, or undefined after its problems were printed. */
export async function loadNamed(flag: unknown, io: CliIo): Promise<LoadedConfig | undefined> {
  const file = typeof flag === 'string' ? flag : DEFAULT_CONFIG;
  const loaded = await loadConfig({ file, environment: io.environment, catalogue: openCatalogue() });
  if (loaded.ok) return loaded;
  io.err(describeRefusal(loaded));
  return undefined;
}

/** The bus of a device, and the device. */
export function findDevice(loaded: LoadedConfig, id: string): readonly [BusConfig, DeviceConfig] | undefined {
  for (const bus of loaded.config.buses) {
    const device = bus.devices.find((candidate) => candidate.id === id);
    if (device) return [bus, device];
  }
  return undefined;
}
