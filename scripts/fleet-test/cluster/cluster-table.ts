import type { Wishes } from '../arguments.ts';
import type { ClusterFigures, Recovery } from './cluster-figures.ts';

/** The limits of this broker, beside the measured figures: they are true of every run. */
const LIMITS_OF_RABBITMQ = `RabbitMQ 3.10 in this run:
- MQTT 3.1.1 only: no $share, no reason codes, no receive maximum. The agents (protocolVersion: auto) found out by themselves.
- Kept sessions are quorum queues (mqtt.durable_queue_type = quorum): acknowledged is what most nodes have written.
  With the default, classic, a session lies on one node: it is not there while that node is away.
- Sessions that are not kept are classic queues on one node. A policy (ha-mode) copies each to a second one here:
  without it no agent of a node that died can subscribe at another until that node is back.
- A reading that no session and no queue waits for is acknowledged and gone: the consumer must have subscribed before.
- Retained messages stay at the node that took them, and are found by their whole topic alone, never by a wildcard.
- Client ids are agreed upon by most of the nodes: with two of three away, nobody can connect.
`;

/** The run for a reader: where the connections were, how they came back, and the fate of the readings. */
export function clusterTables(wishes: Wishes, figures: ClusterFigures): string {
  return `${connections(figures)}\n${clusterSummary(wishes, figures)}\n${LIMITS_OF_RABBITMQ}`;
}

function connections({ connections: at }: ClusterFigures): string {
  const rows: readonly (readonly [string, readonly number[]])[] = [
    ['before', at.before],
    ['node 1 killed, all back', at.afterKill],
    ['node 1 there again', at.afterReturn],
    ['connections of node 2 closed', at.whenClosed],
    ['all back', at.afterClose],
  ];
  const head = ['connections', ...at.before.map((_, node) => `node ${node + 1}`)];
  const lines = [head, ...rows.map(([what, counts]) => [what, ...counts.map(String)])];
  return lines
    .map(([what = '', ...cells]) => `${what.padEnd(30)}${cells.map((cell) => cell.padStart(8)).join('')}\n`)
    .join('');
}

function clusterSummary({ readingsPerS, reconnectMaxMs }: Wishes, figures: ClusterFigures): string {
  const { agents, real, kill, close, returnS, mostHeld, readings, consumer, retained, nodes, verdict } = figures;
  const lines: readonly (readonly [what: string, figure: string])[] = [
    ['fleet', `${agents} light agents with ${readingsPerS} readings/s each, ${real} built agents with 1 reading/s`],
    ['', `each with the three nodes in an order of its own; ${reconnectMaxMs / 1000} s between attempts at most`],
    ...recoveryLines('node killed', kill),
    ['node back', `its agents are at it again after ${seconds(returnS)}`],
    ...recoveryLines('closed', close),
    ['backlog', `${mostHeld} readings at most`],
    [
      'nodes',
      `${nodes.mostMiB.toFixed(0)} MiB together at most, ${nodes.cpuBefore.toFixed(2)} of a core before the kill`,
    ],
    ['consumer', `connected ${consumer.connects} times, ${consumer.resumed} times with the session that it had left`],
    [
      'retained',
      `of ${retained.asked} availabilities the nodes have ${retained.byNode.map((count) => count ?? '–').join(', ')}`,
    ],
    ['readings', `${readings.expected} numbered by ${readings.gateways} gateways`],
    ['', `${readings.lost} lost, ${readings.outOfOrder} out of order, ${readings.repeated} repeated`],
    ...readings.faults.map((each): readonly [string, string] => [
      '',
      `${each.gateway}: ${each.lost} lost, ${each.outOfOrder} out of order`,
    ]),
    ...(readings.dropped + readings.foreign === 0
      ? []
      : [['', `${readings.dropped} dropped by agents, ${readings.foreign} that no gateway numbered`] as const]),
    ['verdict', clusterVerdict(verdict)],
  ];
  return lines.map(([what, figure]) => `${what.padEnd(16)}${figure}\n`).join('');
}

function recoveryLines(what: string, { attempts, peakPerS, connects, allS, silentS }: Recovery) {
  return [
    [
      what,
      `all connected again after ${seconds(allS)}: ${connects} reconnects, ${attempts} attempts, ${peakPerS}/s at most`,
    ],
    ['', `the consumer heard nothing for ${seconds(silentS)} at most`],
  ] as const;
}

function clusterVerdict({ nothingLost, inOrder, allBack, spread, drained }: ClusterFigures['verdict']): string {
  const bad = [
    ...(nothingLost ? [] : ['readings lost']),
    ...(inOrder ? [] : ['readings out of order']),
    ...(allBack ? [] : ['agents that never came back']),
    ...(spread ? [] : ['reconnects that did not spread over the nodes']),
    ...(drained ? [] : ['a backlog that is still there']),
  ];
  return bad.length === 0 ? 'good' : bad.join(', ');
}

function seconds(value: number | null): string {
  return value === null ? '–' : `${value.toFixed(1)} s`;
}
