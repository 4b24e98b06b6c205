import { toFault } from '../../drivers/contract/fault.ts';
import type { FaultCode } from '../../drivers/contract/faults.ts';
import type { CommandJob, Result } from './job.ts';

/** Faults of a read or of a gateway command after which it is certain that nothing was sent. */
const NOTHING_SENT: ReadonlySet<FaultCode> = new Set<FaultCode>([
  'throttle/full',
  'throttle/waited-too-long',
  'throttle/sealed',
  'throttle/unknown-operation',
  'port/missing',
  'port/not-a-device',
  'port/permission',
  'port/busy',
  'port/unsupported',
  'port/unreachable',
  'port/open-timeout',
  'port/not-open',
]);

/** The result of a command that changes nothing in a device, by the fault that was thrown. */
export function ofQuery(thrown: unknown): Result {
  const { code } = toFault(thrown);
  const nothingSent = code.startsWith('command/') || code.startsWith('driver/') || NOTHING_SENT.has(code);
  return { outcome: nothingSent ? 'refused' : 'failed', fault: code };
}

/**
 * The result of a write, by the error that was thrown. A device throws a fault only where nothing was sent; anything
 * else is a defect of ours, and then the device may have acted.
 */
export function ofWrite(thrown: unknown): Result {
  const { code } = toFault(thrown);
  const certain = code !== 'internal/unexpected' && code !== 'internal/deadline';
  return { outcome: certain ? 'refused' : 'unknown', fault: code };
}

/** A command that is over as soon as it is called, and has nothing to tell. */
export function immediate(act: () => void): CommandJob {
  return answering(() => {
    act();
    return undefined;
  });
}

/** The same with something to tell. */
export function answering(act: () => Result['values']): CommandJob {
  return {
    otherwise: 'failed',
    async run() {
      try {
        return { outcome: 'done', values: act() };
      } catch (thrown) {
        return ofQuery(thrown);
      }
    },
  };
}
