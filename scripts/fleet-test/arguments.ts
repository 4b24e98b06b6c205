import { parseArgs } from 'node:util';
import { LIMITS } from '../../config/limits.ts';

export const USAGE = `scripts/fleet: many light agents on one mosquitto that goes away for a while

  --agents N            gateways, each with one simulated device; default 300
  --outage SECONDS      how long the broker is away, default 30
  --fault NAME          how: kill (default; the port refuses meanwhile), freeze (it is there and says nothing),
                        reset (every connection ends, and the broker is back at once)
  --readings-per-s R    of each gateway, default 1
  --reconnect-max-s N   mqtt.reconnectMaxMs of every agent, in seconds; default ${LIMITS.mqtt.reconnectMaxMs.default / 1000}
  --svg FILE            a plot of the run
  --json                one JSON object instead of tables
  --cluster             instead of all that: 200 light agents and 3 built ones on three nodes of RabbitMQ. One node is
                        killed and comes back, then the connections of another are closed. Takes --agents,
                        --readings-per-s, --reconnect-max-s and --json, some minutes, and 1 GB of memory

It ends with 0 where reconnects stayed below 3 times their mean, all agents came back and no reading was lost;
else 1. A second that chance may have made, in a small fleet, is no storm. With --cluster: where no reading was lost, each
gateway's came in the order of their numbers, and all agents came back, spread over the nodes.
`;

const FAULTS = ['kill', 'freeze', 'reset'] as const;
export type BrokerFault = (typeof FAULTS)[number];

export interface Wishes {
  readonly agents: number;
  /** Seconds; 0 with `reset`. */
  readonly outage: number;
  readonly fault: BrokerFault;
  readonly readingsPerS: number;
  readonly reconnectMaxMs: number;
  readonly svg: string | undefined;
  readonly json: boolean;
  readonly help: boolean;
  readonly cluster: boolean;
}

/** Options that say nothing about a cluster. */
const SINGLE = ['outage', 'fault', 'svg'] as const;

/**
 * The load that one broker and the agents beside it can carry on a small machine, so that the figures are not those of
 * a queue.
 */
const MOST_READINGS_PER_S = 5000;
/** Of all agents together while the broker is away. */
const MOST_WAITING = 1_000_000;

/** Throws what is wrong in words for the user. */
export function readArguments(args: readonly string[]): Wishes {
  const { values } = parseArgs({
    args: [...args],
    options: {
      agents: { type: 'string' },
      outage: { type: 'string' },
      fault: { type: 'string' },
      'readings-per-s': { type: 'string', default: '1' },
      'reconnect-max-s': { type: 'string' },
      svg: { type: 'string' },
      json: { type: 'boolean', default: false },
      cluster: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { cluster } = values;
  const other = SINGLE.find((each) => cluster && values[each] !== undefined);
  if (other !== undefined) throw new RangeError(`--${other} does not go with --cluster`);
  const fault = FAULTS.find((each) => each === (values.fault ?? 'kill'));
  if (fault === undefined) throw new RangeError(`--fault takes ${FAULTS.join(', ')}`);
  const agents = number('--agents', values.agents ?? (cluster ? '200' : '300'), 1, cluster ? 1000 : 5000, 0);
  const outage = fault === 'reset' ? 0 : number('--outage', values.outage ?? '30', 1, 600, 0);
  const readingsPerS = number('--readings-per-s', values['readings-per-s'], 0.01, 100, 3);
  const perS = agents * readingsPerS;
  if (perS > MOST_READINGS_PER_S)
    throw new RangeError(`all agents together: at most ${MOST_READINGS_PER_S} readings/s`);
  if (perS * outage > MOST_WAITING) throw new RangeError(`at most ${MOST_WAITING} readings may come in the outage`);
  const most = values['reconnect-max-s'];
  return {
    ...{ agents, outage, fault, readingsPerS },
    reconnectMaxMs:
      most === undefined ? LIMITS.mqtt.reconnectMaxMs.default : 1000 * number('--reconnect-max-s', most, 1, 600, 0),
    ...{ svg: values.svg, json: values.json, help: values.help, cluster },
  };
}

function number(option: string, text: string, least: number, most: number, digits: number): number {
  const form = digits === 0 ? /^\d{1,6}$/ : /^\d{1,6}(\.\d{1,3})?$/;
  const value = form.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new RangeError(`${option}: a ${digits === 0 ? 'whole ' : ''}number from ${least} to ${most}`);
}
