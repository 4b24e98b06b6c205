import type { PollDevice } from '../../drivers/contract/driver.ts';
import type { FaultCode } from '../../drivers/contract/faults.ts';
import type { Clock } from '../clock/clock.ts';
import type { DeviceEvents } from './events.ts';
import type { HealthLimits } from './health.ts';
import type { IdentityAskingOptions } from './identity/asking.ts';
import type { LineAccess } from './polling/line-access.ts';
import type { TimeoutOptions } from './polling/timeouts.ts';

export interface PolledDeviceOptions {
  readonly id: string;
  readonly bus: string;
  readonly device: PollDevice;
  readonly line: LineAccess;
  readonly clock: Clock;
  readonly events: DeviceEvents;
  readonly pollMs: number;
  readonly staleAfterMs: number;
  /** Silence that the device needs before it is asked again, beyond what its line keeps; absent or 0: none. */
  readonly minGapMs?: number | undefined;
  readonly health: HealthLimits;
  readonly timeouts: TimeoutOptions;
  readonly allow: readonly string[];
  /** The cost to its line of asking the device for its identity; absent: it is not asked. */
  readonly identifying?: Pick<IdentityAskingOptions, 'pace' | 'maxRunMs' | 'patienceMs'> | undefined;
  /** The fault of a device that never answered, where its place says more than its silence. */
  readonly silence?: FaultCode | undefined;
}
