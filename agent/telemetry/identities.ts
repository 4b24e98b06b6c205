import type { DeviceConfig } from '../../config/config.ts';
import type { Identity, ToldIdentity } from '../../drivers/contract/identity.ts';

/** The known identity of each device: its own account, for the rest the config's, and then its profile's. */
export class Identities {
  readonly #configured: ReadonlyMap<string, Identity>;
  readonly #known = new Map<string, Identity>();

  /** @param devices each with what the config says of it, and where that says nothing its profile */
  constructor(devices: readonly Pick<DeviceConfig, 'id' | 'identity'>[]) {
    this.#configured = new Map(devices.map(({ id, identity = {} }) => [id, identity]));
    for (const { id } of devices) this.take(id, {});
  }

  of(device: string): Identity {
    return this.#known.get(device) ?? {};
  }

  /** @param told all that the device has told of itself @returns whether anything has changed by it */
  take(device: string, told: ToldIdentity): boolean {
    const { maker, model, serial, firmware } = this.#configured.get(device) ?? {};
    const known: Identity = {
      maker: told.maker ?? maker,
      model: told.model ?? model ?? told.kind,
      serial: told.serial ?? serial,
      firmware: told.firmware ?? firmware,
    };
    const isNews = JSON.stringify(known) !== JSON.stringify(this.of(device));
    this.#known.set(device, known);
    return isNews;
  }
}
