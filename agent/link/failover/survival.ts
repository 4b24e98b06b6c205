import type { Duplex } from 'node:stream';
import { milliseconds } from '../../../drivers/contract/duration.ts';
import type { Clock } from '../../clock/clock.ts';

/** A refusal follows the handshake by one way through the network. */
const LONG_ENOUGH = milliseconds(1_000);

/**
 * Whether a connection on which nothing is said stays open for a second.
 * @throws Fault `internal/cancelled` (the signal)
 */
export async function survives(socket: Duplex, clock: Clock, signal: AbortSignal): Promise<boolean> {
  const over = new AbortController();
  const end = () => over.abort();
  const forget = () => signal.removeEventListener('abort', end);
  signal.addEventListener('abort', end);
  socket.once('close', end).once('error', end).resume();
  try {
    await clock.sleep(LONG_ENOUGH, over.signal);
    return !socket.destroyed;
  } catch {
    return false;
  } finally {
    forget();
    socket.off('close', end);
  }
}
