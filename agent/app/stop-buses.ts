import { milliseconds } from '../../drivers/contract/duration.ts';
import { toFault } from '../../drivers/contract/fault.ts';
import type { Bus } from '../bus/bus.ts';
import type { Clock } from '../clock/clock.ts';
import { withDeadline } from '../clock/deadline.ts';
import type { Log } from '../log/log.ts';

/** Below the limit of the whole step, so that it is the bus that is named. */
const BUS_STOP_LIMIT = milliseconds(2500);

/** Side by side, and the late one named: a port that hangs must not take the time of the others or of the goodbye. */
export async function stopBuses(buses: readonly Bus[], clock: Clock, log: Log, signal: AbortSignal): Promise<void> {
  await Promise.all(
    buses.map(async (bus) => {
      try {
        await withDeadline(clock, BUS_STOP_LIMIT, signal, (limited) => bus.stop(limited));
      } catch (thrown) {
        log.warn('stop late', { bus: bus.id }, toFault(thrown));
      }
    }),
  );
}
