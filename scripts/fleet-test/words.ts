/** The order to the processes of agents when they start; as JSON in their only argument. */
export interface SquadOrder {
  /** Brokers; each agent has them in an order of its own. */
  readonly urls: readonly string[];
  /** How often an agent looks whether its first broker is there again; absent: it stays at the other. */
  readonly returnAfterMs?: number | undefined;
  /** Numbers of the first agent and of the one after the last. */
  readonly from: number;
  readonly to: number;
  readonly readingsPerS: number;
  readonly reconnectMaxMs: number;
  /** Where their outboxes lie; each agent has a folder of its own there. */
  readonly folder: string;
}

/** The report of such a process once a second. All times are milliseconds since 1970: the processes share one machine. */
export interface SquadTold {
  /** Instants at which an agent began to dial. */
  readonly attempts: readonly number[];
  /** Instants at which an agent was connected. */
  readonly connects: readonly number[];
  /** Agents that are connected now. */
  readonly connected: number;
  /** Readings in all outboxes, their bytes, and those taken and dropped since the start. */
  readonly held: number;
  readonly heldBytes: number;
  readonly taken: number;
  readonly dropped: number;
  /** The same `taken` of each agent of this process, in the order of their numbers. */
  readonly takenEach: readonly number[];
  /** CPU time since its start in milliseconds, and memory in bytes. */
  readonly cpuMs: number;
  readonly rssBytes: number;
}

/** The last word has been said: everything is stopped. */
export const OVER = 'over';
/** The message to them: stop your agents. */
export const STOP = 'stop';

export const PREFIX = 'fieldward';
export const DEVICE = 'meter-1';

export function gatewayId(number: number): string {
  return `gw-${String(number).padStart(4, '0')}`;
}

/**
 * In what order an agent tries the brokers: the first ones are spread over the fleet, and so are the second ones of all
 * that share their first. So those of a broker that is lost go to all others alike.
 */
export function brokersInOrder(urls: readonly string[], number: number): readonly [string, ...string[]] {
  const left = [...urls];
  const order: string[] = [];
  for (let rest = number; left.length > 0; ) {
    const at = rest % left.length;
    rest = Math.floor(rest / left.length);
    order.push(...left.splice(at, 1));
  }
  const [first, ...others] = order;
  if (first === undefined) throw new RangeError('there must be a broker');
  return [first, ...others];
}
