import type { GoodParts } from '../../lifecycle/trial-marker.ts';
import type { Status } from '../../status/schema.ts';

/** All that is well. Pure. */
export function goodParts({ mqtt, buses, devices }: Status): GoodParts {
  const ids = <T>(from: Readonly<Record<string, T>>, isGood: (each: T) => boolean) =>
    Object.keys(from).filter((id) => isGood(from[id] as T));
  return {
    connected: mqtt.connected,
    buses: ids(buses, ({ open }) => open),
    devices: ids(devices, ({ health }) => health === 'online'),
  };
}

export interface ConfigVerdict {
  /** Whether the agent runs with the new config. */
  readonly isStarted: boolean;
  /** The parts that were well before and are not yet, one sentence each; empty: the new config has proved itself. */
  readonly lacking: readonly string[];
  /** The parts that were well before and are no longer in the config: nobody waits for them. */
  readonly gone: readonly string[];
}

/** Whether all that was well is well again, as far as the new config still has it. Pure. */
export function judgeConfig(before: GoodParts, now: Status, hash: string): ConfigVerdict {
  if (now.configHash !== hash) {
    return { isStarted: false, lacking: ['the agent does not run with the new config'], gone: [] };
  }
  const lacking: string[] = [];
  const gone: string[] = [];
  if (before.connected && !now.mqtt.connected) lacking.push(`the broker is away${because(now.mqtt.fault)}`);
  for (const id of before.buses) {
    const bus = own(now.buses, id);
    if (bus === undefined) gone.push(`bus ${id}`);
    else if (!bus.open) lacking.push(`bus ${id} is closed${because(bus.fault)}`);
  }
  for (const id of before.devices) {
    const device = own(now.devices, id);
    if (device === undefined) gone.push(`device ${id}`);
    else if (device.health !== 'online') lacking.push(`device ${id} is ${device.health}${because(device.fault)}`);
  }
  return { isStarted: true, lacking, gone };
}

function because(fault: { readonly code: string; readonly message: string } | null): string {
  return fault === null ? '' : `: ${fault.message} (${fault.code})`;
}

function own<T>(from: Readonly<Record<string, T>>, id: string): T | undefined {
  return Object.hasOwn(from, id) ? from[id] : undefined;
}
