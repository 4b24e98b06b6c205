import { Fault, toFault } from '../../../drivers/contract/fault.ts';
import type { Value } from '../../../drivers/contract/reading.ts';
import type { DeviceControl, WriteResult } from '../../device/control.ts';
import type { CommandOutcome, CommandRun, Result } from '../job.ts';
import { ofWrite } from '../outcome.ts';
import type { WriteRules } from './rules.ts';
import type { Claim } from './selections.ts';

export interface GuardedWrite {
  readonly device: DeviceControl;
  readonly guard: WriteRules;
  /** Within their ranges. */
  readonly values: ReadonlyMap<string, Value>;
  /** That of `operate`; absent: they were not selected before. */
  readonly selection?: Claim | undefined;
}

/**
 * One write with all that the config asks of it, in this order: its turn, the limits, the count on disk, the
 * interlock, the bytes. A selection is used up only as the bytes leave. The interlock comes last, so that nothing but the queue of the bus lies between it and the
 * write. Nothing is repeated.
 */
export async function guardedWrite(write: GuardedWrite, run: CommandRun): Promise<Result> {
  const { device, guard } = write;
  try {
    return await guard.inTurn(device, run.signal, () => inItsTurn(write, run));
  } catch (thrown) {
    return ofWrite(thrown);
  }
}

async function inItsTurn({ device, guard, values, selection }: GuardedWrite, run: CommandRun): Promise<Result> {
  run.stillValid();
  selection?.check();
  guard.check(device, values, selection !== undefined);
  let outcome: CommandOutcome = 'unknown';
  let isHanded = false;
  let result: WriteResult | undefined;
  try {
    await guard.begin(device, values);
    await guard.interlock(device, values, run.signal);
    // a caller that was given up meanwhile has its answer
    if (run.signal.aborted) throw new Fault('internal/cancelled');
    const leaves = (): void => {
      run.stillValid();
      guard.leaves(device, values);
      selection?.use();
    };
    isHanded = true;
    result = await device.write(values, leaves, run.signal);
    outcome = result.outcome;
    return { outcome, fault: result.fault?.code, values: result.values };
  } catch (thrown) {
    // before the device has it, nothing can have been sent, with any error
    const refusal: Result = isHanded ? ofWrite(thrown) : { outcome: 'refused', fault: toFault(thrown).code };
    outcome = refusal.outcome;
    return refusal;
  } finally {
    if (outcome === 'refused') selection?.giveBack();
    guard.settled(device, values, outcome, result?.values);
  }
}
