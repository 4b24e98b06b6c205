import type { Driver } from '../../drivers/contract/driver.ts';
import { toFault } from '../../drivers/contract/fault.ts';
import type { FaultCode } from '../../drivers/contract/faults.ts';
import type { Catalogue } from '../../drivers/registry/loader.ts';

export interface AllDrivers {
  readonly drivers: readonly Driver[];
  readonly failed: readonly { readonly name: string; readonly fault: FaultCode }[];
}

/** Every driver of the build, and why the others can not be loaded. */
export async function loadAll(catalogue: Catalogue): Promise<AllDrivers> {
  const drivers: Driver[] = [];
  const failed: { name: string; fault: FaultCode }[] = [];
  for (const name of catalogue.names) {
    try {
      drivers.push(await catalogue.load(name));
    } catch (thrown) {
      failed.push({ name, fault: toFault(thrown).code });
    }
  }
  return { drivers, failed };
}
