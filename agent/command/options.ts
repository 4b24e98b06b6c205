import type { CommandsConfig } from '../../config/config.ts';
import type { Audit } from '../audit/audit.ts';
import type { Clock, ClockState } from '../clock/clock.ts';
import type { Supervisor } from '../clock/supervisor.ts';
import type { DeviceControl, GatewayControl } from '../device/control.ts';
import type { DiskGate } from '../files/disk-gate.ts';
import type { Link } from '../link/link.ts';
import type { Log } from '../log/log.ts';
import type { Signatures } from './signature/signatures.ts';
import type { WriteRules } from './write/rules.ts';

export interface CommandsOptions {
  readonly clock: Clock;
  readonly link: Link;
  readonly log: Log;
  readonly config: {
    readonly prefix: string;
    readonly gateway: string;
    readonly commands: Pick<CommandsConfig, 'enabled' | 'allow' | 'maxAgeMs' | 'requireClock' | 'directory'>;
  };
  readonly devices: ReadonlyMap<string, DeviceControl>;
  readonly gateway: GatewayControl;
  readonly clockState: () => ClockState;
  readonly signatures: Signatures;
  /** Made with the same devices. */
  readonly guard: WriteRules;
  readonly audit: Pick<Audit, 'append'>;
  /** The switch on site; `LOCKOUT_FILE` where it is not given. */
  readonly lockoutFile?: string | undefined;
  /** Of the disk that `commands.directory` lies on. */
  readonly gate?: DiskGate | undefined;
  readonly supervisor?: Supervisor | undefined;
}

/** The figures of the commands; counters since the start. */
export interface CommandsSnapshot {
  readonly enabled: boolean;
  readonly lockedOut: boolean;
  /** Whether what is executed now will be known after a restart. */
  readonly durable: boolean;
  /** Whether the clock is behind requests that were executed before the start. */
  readonly clockBehind: boolean;
  readonly running: number;
  readonly executed: number;
  readonly refused: number;
  /** Copies of requests that were seen before: never executed. */
  readonly repeated: number;
  /** Messages on topics that are no commands of this gateway. */
  readonly ignored: number;
  /** Requests that got no answer: without an id, or too many at once. */
  readonly unanswered: number;
  /** Refused requests that the audit journal was spared. */
  readonly unaudited: number;
  /** Replies that the broker did not get. */
  readonly unsent: number;
}
