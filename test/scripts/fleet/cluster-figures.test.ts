import { describe, expect, it } from 'vitest';
import { readArguments } from '../../../scripts/fleet-test/arguments.ts';
import {
  type ClusterAccount,
  type ClusterMoment,
  clusterFigures,
  isSpread,
  longestGap,
} from '../../../scripts/fleet-test/cluster/cluster-figures.ts';
import { clusterTables } from '../../../scripts/fleet-test/cluster/cluster-table.ts';
import { SequenceLedger } from '../../../scripts/fleet-test/cluster/sequence-ledger.ts';

/** Live readings of one gateway, in this order. */
function heard(...numbers: readonly number[]): SequenceLedger {
  const ledger = new SequenceLedger();
  for (const seq of numbers) ledger.add('gw', seq, false);
  return ledger;
}

describe('the numbers of readings', () => {
  it('are whole where each came once and in order', () => {
    expect(heard(1, 2, 3).figures(new Map([['gw', 3]]))).toEqual({
      ...{ gateways: 1, expected: 3, arrived: 3, repeated: 0, lost: 0, outOfOrder: 0, foreign: 0, faults: [] },
    });
  });

  it('have a loss in the middle, at the beginning and at the end, also of a gateway that was never heard', () => {
    const figures = heard(2, 4).figures(
      new Map([
        ['gw', 5],
        ['silent', 2],
      ]),
    );
    expect(figures).toMatchObject({ expected: 7, arrived: 2, lost: 5, outOfOrder: 0 });
    expect(figures.faults).toEqual([
      { gateway: 'gw', lost: 3, outOfOrder: 0 },
      { gateway: 'silent', lost: 2, outOfOrder: 0 },
    ]);
  });

  it('may come again, which is neither a loss nor out of order', () => {
    const figures = heard(1, 2, 3, 2, 3, 4).figures(new Map([['gw', 4]]));
    expect(figures).toMatchObject({ arrived: 4, repeated: 2, lost: 0, outOfOrder: 0 });
  });

  it('are out of order where a smaller one comes first after a greater one', () => {
    const figures = heard(1, 3, 2, 4).figures(new Map([['gw', 4]]));
    expect(figures).toMatchObject({ lost: 0, outOfOrder: 1, faults: [{ gateway: 'gw', lost: 0, outOfOrder: 1 }] });
  });

  it('are in order among the live ones and among those that waited, which may come beside each other', () => {
    const ledger = new SequenceLedger();
    for (const [seq, backfill] of [
      [1, false],
      [5, false],
      [2, true],
      [6, false],
      [3, true],
      [4, true],
    ] as const) {
      ledger.add('gw', seq, backfill);
    }
    expect(ledger.figures(new Map([['gw', 6]]))).toMatchObject({ lost: 0, outOfOrder: 0 });
    ledger.add('gw', 8, true);
    ledger.add('gw', 7, true);
    expect(ledger.figures(new Map([['gw', 8]]))).toMatchObject({ lost: 0, outOfOrder: 1 });
  });

  it('are foreign where no gateway handed them out', () => {
    const ledger = heard(0, 1, 2, 1.5);
    ledger.add('other', 1, false);
    expect(ledger.figures(new Map([['gw', 1]]))).toMatchObject({ lost: 0, foreign: 4 });
  });
});

describe('reconnects', () => {
  it('are spread where each node that is left got its share of those of the killed one', () => {
    expect(isSpread([68, 68, 68], [0, 102, 102])).toBe(true);
    expect(isSpread([68, 68, 68], [0, 90, 114])).toBe(true);
    expect(isSpread([68, 68, 68], [0, 68, 136])).toBe(false);
    expect(isSpread([68, 68, 68], [0, 136, 68])).toBe(false);
    expect(isSpread([9, 8, 8], [0, 12, 13])).toBe(true);
  });

  it('leave a silence, which is counted from the disturbance to its end', () => {
    expect(longestGap([10, 100, 130, 400], 90, 500)).toBe(270);
    expect(longestGap([], 0, 500)).toBe(500);
    expect(longestGap([0, 100], 0, 500)).toBe(400);
  });
});

const moment = (at: number, byNode: readonly number[], more: Partial<ClusterMoment> = {}): ClusterMoment => ({
  ...{ at, byNode, connected: 6, held: 0, arrived: 0, nodesRssBytes: 3 * 1_048_576, nodesCpuMs: [0, 0, 0] },
  ...more,
});
const account: ClusterAccount = {
  moments: [
    moment(5000, [4, 3, 3], { nodesCpuMs: [100, 100, 100] }),
    moment(9000, [4, 3, 3], { nodesCpuMs: [500, 300, 300] }),
    moment(12_000, [0, 3, 3], { held: 9 }),
  ],
  attempts: [1000, 10_100, 10_200, 12_500, 40_100],
  connects: [1100, 12_600, 40_200],
  arrivals: [9000, 10_500, 13_000, 39_900, 41_000],
  ...{ killedAt: 10_000, killedBackAt: 13_000, startedAt: 20_000, returnedAt: 28_000 },
  ...{ closedAt: 40_000, closedBackAt: 42_000, drainedAt: 43_000 },
  before: moment(9900, [4, 3, 3]),
  afterKill: moment(14_000, [0, 5, 5]),
  afterReturn: moment(29_000, [3, 3, 4]),
  afterClosing: moment(40_100, [3, 0, 4]),
  afterClose: moment(43_000, [3, 3, 4]),
  sequences: heard(1, 2, 3).figures(new Map([['gw', 3]])),
  dropped: 0,
  consumer: { connects: 2, resumed: 1 },
  retained: { asked: 9, byNode: [3, 6, 6] },
};
const wishes = readArguments(['--cluster']);

describe('a run against a cluster', () => {
  it('has a dash where a node did not say what it had kept', () => {
    const figures = clusterFigures({ ...account, retained: { asked: 9, byNode: [3, null, 6] } }, 6, 3);
    expect(clusterTables(wishes, figures)).toContain('of 9 availabilities the nodes have 3, –, 6');
  });

  it('tells how all came back from each disturbance', () => {
    const figures = clusterFigures(account, 6, 3);
    expect(figures.kill).toEqual({ attempts: 3, peakPerS: 2, connects: 1, allS: 3, silentS: 7 });
    expect(figures.close).toEqual({ attempts: 1, peakPerS: 1, connects: 1, allS: 2, silentS: 2 });
    expect(figures).toMatchObject({ returnS: 8, mostHeld: 9, nodes: { mostMiB: 3, cpuBefore: 0.2 } });
    expect(figures.verdict).toEqual({ nothingLost: true, inOrder: true, allBack: true, spread: true, drained: true });
  });

  it('is not good with a loss, a drop, a wrong order, an agent that is away, one node that got all, or a backlog', () => {
    const verdictOf = (more: Partial<ClusterAccount>) => clusterFigures({ ...account, ...more }, 6, 3).verdict;
    const gw = new Map([['gw', 3]]);
    expect(verdictOf({ sequences: heard(1, 3).figures(gw) })).toMatchObject({ nothingLost: false, inOrder: true });
    expect(verdictOf({ sequences: heard(1, 2, 3, 4).figures(gw) })).toMatchObject({ nothingLost: false });
    expect(verdictOf({ dropped: 1 })).toMatchObject({ nothingLost: false });
    expect(verdictOf({ sequences: heard(1, 3, 2).figures(gw) })).toMatchObject({ nothingLost: true, inOrder: false });
    for (const key of ['killedBackAt', 'returnedAt', 'closedBackAt'] as const) {
      expect(verdictOf({ [key]: undefined })).toMatchObject({ allBack: false });
    }
    expect(verdictOf({ before: moment(1, [40, 30, 30]), afterKill: moment(2, [0, 30, 70]) })).toMatchObject({
      spread: false,
    });
    expect(verdictOf({ drainedAt: undefined })).toMatchObject({ drained: false });
  });

  it('is told as tables: connections by node, losses and order, and what this broker can not do', () => {
    const text = clusterTables(wishes, clusterFigures(account, 6, 3));
    expect(text).toMatch(/^node 1 killed, all back +0 +5 +5$/m);
    expect(text).toMatch(/^ +0 lost, 0 out of order, 0 repeated$/m);
    expect(text).toMatch(/^retained +of 9 availabilities the nodes have 3, 6, 6$/m);
    expect(text).toMatch(/^verdict +good$/m);
    expect(text).toContain('MQTT 3.1.1 only');
  });

  it('names what is bad, and the gateways that it is bad with', () => {
    const sequences = heard(1, 3, 2).figures(new Map([['gw', 4]]));
    const text = clusterTables(wishes, clusterFigures({ ...account, sequences, closedBackAt: undefined }, 6, 3));
    expect(text).toMatch(/^ +gw: 1 lost, 1 out of order$/m);
    expect(text).toMatch(/^closed +all connected again after –/m);
    expect(text).toMatch(/^verdict +readings lost, readings out of order, agents that never came back$/m);
  });
});

describe('the arguments of a run against a cluster', () => {
  it('are 200 agents by default, and 300 against one broker', () => {
    expect(wishes).toMatchObject({ cluster: true, agents: 200, readingsPerS: 1 });
    expect(readArguments([])).toMatchObject({ cluster: false, agents: 300, outage: 30, fault: 'kill' });
    expect(readArguments(['--cluster', '--agents', '20', '--json'])).toMatchObject({ agents: 20, json: true });
  });

  it('are refused where they say something about one broker', () => {
    for (const more of [
      ['--outage', '3'],
      ['--fault', 'kill'],
      ['--svg', 'x.svg'],
    ]) {
      expect(() => readArguments(['--cluster', ...more])).toThrow(`${more[0]} does not go with --cluster`);
    }
    expect(() => readArguments(['--cluster', '--agents', '1001'])).toThrow('--agents');
  });
});
