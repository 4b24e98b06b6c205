import type { LoadedConfig } from '../../../config/load.ts';
import { type FoundPort, listPorts } from '../../../drivers/port/list.ts';

/** The name that a config should use: by-path where the by-id name may come to mean another adapter. */
export function steadyName({ path, byId, byPath, sharedName }: FoundPort): string {
  const [first, second] = sharedName === 'several' ? [byPath, undefined] : [byId, byPath];
  return first ?? second ?? path;
}

/** The warning to an operator of an adapter whose by-id name is not its own; nothing for all others. */
export function describeSharedName({ path, byId = path, byPath, sharedName }: FoundPort): string | undefined {
  if (sharedName === undefined) return undefined;
  const why =
    sharedName === 'several'
      ? 'several adapters that are plugged in have this name, and it leads to one of them'
      : 'its adapter has no serial number, so that another one of the same model can take this name';
  const remedy = byPath === undefined ? 'leave each adapter in its socket' : `${byPath} stays with the socket`;
  return `${byId}: ${why}; ${remedy}`;
}

/**
 * Of a checked config the buses whose by-id name may come to mean another adapter; adapters that are not plugged in are
 * passed over.
 * @param list the ports of this machine
 */
export async function sharedNames({ config }: LoadedConfig, list = listPorts): Promise<readonly string[]> {
  const found = await list();
  return config.buses.flatMap(({ id, port }) => {
    const named = 'path' in port ? found.find(({ byId }) => byId === port.path) : undefined;
    const words = named && describeSharedName(named);
    if (words === undefined) return [];
    return [`${named?.sharedName === 'several' ? 'warning' : 'note'}: bus ${id}: ${words}`];
  });
}
