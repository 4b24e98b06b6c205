import type { FaultCode } from '../../drivers/contract/faults.ts';
import type { Audit } from '../audit/audit.ts';
import type { Clock } from '../clock/clock.ts';
import { TokenBucket } from '../clock/token-bucket.ts';
import type { Log } from '../log/log.ts';
import type { Result } from './job.ts';
import { AUDITED_REFUSALS } from './limits.ts';
import type { PendingRequest } from './request/pending-request.ts';
import type { CommandTopic } from './request/topics.ts';
import { isCommand } from './router.ts';

export interface AuditTrailOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: Pick<Audit, 'append'>;
  /** Ids of the devices. */
  readonly isDevice: (id: string) => boolean;
}

/** The outcomes of requests, for the log and the audit journal. A name that we do not know is somebody else's text. */
export class AuditTrail {
  readonly #options: AuditTrailOptions;
  readonly #refusals: TokenBucket;
  #unaudited = 0;

  constructor(options: AuditTrailOptions) {
    this.#options = options;
    this.#refusals = new TokenBucket(AUDITED_REFUSALS, options.clock.now());
  }

  /** Refused requests that the journal was spared. */
  get unaudited(): number {
    return this.#unaudited;
  }

  executed(arrival: PendingRequest, result: Result): void {
    this.#record(arrival, result);
    this.#tell('command executed', arrival, result);
  }

  /** @param quietly not for the log: there are too many of them */
  refused(arrival: PendingRequest, fault: FaultCode, quietly: boolean): void {
    const result: Result = { outcome: 'refused', fault };
    if (this.#refusals.take(this.#options.clock.now())) this.#record(arrival, result);
    else this.#unaudited++;
    if (!quietly) this.#tell('command refused', arrival, result);
  }

  /** A request that was running when the agent died. */
  interrupted(id: string, key: string | undefined): void {
    const { audit, log } = this.#options;
    const end = { id, key, outcome: 'unknown', code: 'command/interrupted' } as const;
    audit.append({ event: 'command', command: '', ...end });
    log.warn('command interrupted', end);
  }

  #record({ topic, id, user, key, args }: PendingRequest, { outcome, fault: code }: Result): void {
    const { device, command = '' } = this.#names(topic);
    // the token of a selection is a secret until it is used up
    const shown =
      args && Object.fromEntries(Object.entries(args).filter(([name]) => command !== 'operate' || name !== 'token'));
    this.#options.audit.append({ event: 'command', id, command, device, user, key, args: shown, outcome, code });
  }

  #tell(event: string, { topic, id, key }: PendingRequest, { outcome, fault: code }: Result): void {
    this.#options.log.info(event, { ...this.#names(topic), id, key, outcome, code });
  }

  #names({ device, name }: CommandTopic): {
    readonly device?: string | undefined;
    readonly command?: string | undefined;
  } {
    return {
      device: device !== undefined && this.#options.isDevice(device) ? device : undefined,
      command: isCommand(name) ? name : undefined,
    };
  }
}
