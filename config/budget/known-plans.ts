import { askedPart, type Device } from '../../drivers/contract/driver.ts';
import type { LineTiming } from '../../drivers/contract/port.ts';
import { DevicePlans } from './device-plans.ts';

/** The dialogues of devices, worked out once for all devices that cost the same. One instance for one reading of the config. */
export class KnownPlans {
  readonly #byCost = new Map<string, DevicePlans>();

  /**
   * The plans of the device, or of one that costs the same; undefined: it is never asked.
   * @param model see `PreparedDevice.model`
   * @param pollMs the period of points without their own
   */
  of(device: Device, model: string | undefined, timing: LineTiming, pollMs: number): DevicePlans | undefined {
    const asked = askedPart(device);
    if (asked === undefined || model === undefined) return asked && new DevicePlans(asked, pollMs);
    const key = JSON.stringify([model, timing, pollMs]);
    const plans = this.#byCost.get(key) ?? new DevicePlans(asked, pollMs);
    this.#byCost.set(key, plans);
    return plans;
  }
}
