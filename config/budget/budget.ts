import { askedPart } from '../../drivers/contract/driver.ts';
import type { BudgetedDevice, BudgetedLine, DeviceBudget } from './budgeted.ts';
import { type Cost, costOf, longestCommandMs, type Polled, restedWaits } from './device-cost.ts';
import { DevicePlans } from './device-plans.ts';
import { largest, paceOf, sum } from './dialogue-cost.ts';

/** A period that can't be kept even when every device answers at once. */
export interface Shortfall {
  readonly id: string;
  /**
   * `load`: all periods together need more than the line has; `whole`: reading the device whole takes longer than its
   * shortest period; `turn`: those that are read as often as the bus allows take longer, and have their turn too.
   */
  readonly reason: 'load' | 'whole' | 'turn';
  /** Of `whole` and `turn`: how long it takes, milliseconds. */
  readonly takesMs: number;
}

export interface BusBudget {
  readonly devices: readonly DeviceBudget[];
  /** False behind a serial server: then characters count as nothing, and only timeouts and gaps are known. */
  readonly speedKnown: boolean;
  /** All devices read once when all answer at once, milliseconds: one after the other, but in the rests of those that need some. */
  readonly cycleMs: number;
  /** The same when none answers: one timeout each. */
  readonly silentCycleMs: number;
  /** The same when every answer comes damaged at the end of its timeout, and is asked for once more. */
  readonly worstCycleMs: number;
  /** The silence before each request, milliseconds: the configured one, or the longest that a protocol on the line needs. */
  readonly gapMs: number;
  /** Share of the line that the periods need. */
  readonly load: number;
  /** Share that is left; 0 where the periods need all or more. */
  readonly headroom: number;
  /** The longest that one poll's dialogue may hold the line, milliseconds: `throttle.maxRunMs` must be above it. */
  readonly longestMs: number;
  /** The longest that a command waits for an open line while no other command waits, milliseconds; 0: none can come. */
  readonly commandWaitMs: number;
  /** The greediest first. */
  readonly starving: readonly Shortfall[];
  /** Devices whose periods slip now and then though all answer: when the others are due at the same time. */
  readonly slipping: readonly string[];
  /** Devices whose periods can't be kept while others are silent. */
  readonly tight: readonly string[];
}

/**
 * The load that a line can carry, from its physics, the timeouts and the requests.
 *
 * **No device that said anything to its last poll, and is not offline, waits longer than `waitWithCommandsMs`**, from
 * the instant at which it falls due to its first dialogue on the wire, because of these four:
 * 1. A poll is never interrupted by another poll, and takes at most `worst`: each dialogue is run at most twice, and
 *   each time it holds the line no longer than its legs say, and the gap follows (`agent/device/polling/polling.ts`).
 * 2. Before each dialogue at most `commandBurst` commands pass, the one included that has the line as the dialogue is
 *   put (`agent/throttle/plan.ts`); each holds the line at most for the longest dialogue that commands ask.
 * 3. The poller takes the most overdue device (`agent/bus/turn.ts`). A device polled before this one was due no later.
 *   After its poll it is next due after the end of that poll: its period has passed, or it waits for a late answer, or
 *   for its probe. So each of the others comes before this one once.
 * 4. Only a device of several periods can come twice, or make itself wait: a period that falls due while its poll runs
 *   is due from before that poll's end. But such a poll runs already when this device falls due, so there is one at most.
 *
 * Hence: the longest poll of any device of several periods, one poll of each other device, the commands before its own
 * first dialogue, and a gap.
 *
 * **A device that must rest** (`minGapMs`) asks its poll in parts of one dialogue each, and between two of them it is
 * due when it has rested (`agent/device/polling/resting-line.ts`). So to the others it is a device whose polls are one
 * dialogue long, asked once, and never due from before its end, with any number of periods. For itself: it is ready
 * after its rest, and waits as above. Its commands and its polls take turns, so one command may go first, which starts
 * or is given up within `maxWaitMs`; then it rests and waits once more. With several periods all that may come before
 * each dialogue of the poll that runs as the other period falls due.
 *
 * A connection that was closed in order, by the server or by us, is opened for the dialogue, and settles first. Nobody
 * knows how long the opening itself takes: up to ten seconds (`LONGEST_OPENING` in `agent/bus/port-supervisor.ts`). It
 * is in it once: a server that hangs up after each answer makes the others' dialogues as dear.
 *
 * **A device is asked for its identity** (`agent/device/identity/asking.ts`) in a stretch of the line in which no other
 * is due, or behind its own poll in the time of repeats that this has not needed. So nobody waits longer for it but a
 * command that comes meanwhile, of which `commandWaitMs` knows.
 *
 * A device that was silent may wait longer, and so may an offline one: they have only a share of the line. Not in it
 * are bytes that nobody asked for, a closed port, and the parts that are asked of a request that the device refuses or
 * does not answer while it answers others; of these a poll asks at most two in vain.
 */
export function busBudget(line: BudgetedLine, members: readonly BudgetedDevice[]): BusBudget {
  const { settleMs = 0 } = line;
  const polled = members.flatMap((member): readonly Polled[] => {
    const asked = askedPart(member.device);
    return asked === undefined ? [] : [{ member, plans: member.plans ?? new DevicePlans(asked, member.pollMs) }];
  });
  const different = [...new Set(polled.map(({ plans }) => plans))];
  const asked = different.flatMap((plans) => [...plans.polls().flat(), ...plans.writes()]);
  const pace = paceOf(line.timing, line.gapMs, asked);
  const commandMs = largest(alike(polled, (one) => longestCommandMs(one, pace)));
  const commandsMs = commandMs === 0 ? 0 : line.commandBurst * (commandMs + pace.gapMs);
  const costs = alike(polled, (one) => costOf(one, pace, commandsMs)).map((cost, index) => {
    return { ...cost, own: { ...cost.own, id: polled[index]?.member.id ?? '' } };
  });
  const waits = {
    worst: waitsOf(costs, ({ blockMs }) => blockMs),
    commanded: waitsOf(costs, ({ commandedMs }) => commandedMs),
  };
  const devices = costs.map((cost, index): DeviceBudget => {
    const before = pace.gapMs + settleMs;
    const waitMs = (waits.worst[index] ?? 0) + before;
    const waitWithCommandsMs = (waits.commanded[index] ?? 0) + commandsMs + before;
    const rests = cost.own.restMs > 0;
    return {
      ...cost.own,
      turnMs: turnOf(cost, costs),
      ...(rests ? restedWaits(cost, waitMs, waitWithCommandsMs, line) : { waitMs, waitWithCommandsMs }),
    };
  });
  const load = sum(devices.map((device) => device.load));
  const cycleMs = Math.max(sum(costs.map(({ lineMs }) => lineMs)), largest(devices.map(({ pollMs }) => pollMs)));
  const longestMs = largest(devices.map((device) => device.longestMs));
  const starving = shortfalls(costs, load);
  // a command that comes while a device is asked what it is waits for that too
  const heldMs = Math.max(longestMs, largest(costs.map(({ asideMs }) => asideMs)));
  const restMs = largest(costs.map(({ own, commandMs: its }) => (its > 0 ? own.restMs : 0)));
  return {
    devices,
    speedKnown: line.timing.characterMs > 0,
    cycleMs,
    silentCycleMs: sum(devices.map(({ silentMs }) => silentMs)),
    worstCycleMs: Math.max(
      sum(costs.map(({ worstLineMs }) => worstLineMs)),
      largest(devices.map(({ worstMs }) => worstMs)),
    ),
    gapMs: pace.gapMs,
    load,
    headroom: Math.max(0, 1 - load),
    longestMs,
    // the silence before a poll, its dialogue, and the silence behind it; then a rest, and as it ends another's dialogue
    commandWaitMs: commandMs === 0 ? 0 : heldMs + 2 * pace.gapMs + (restMs > 0 ? restMs + heldMs + pace.gapMs : 0),
    starving,
    ...strained(costs, starving),
  };
}

/** Devices that share their plans cost the same on one line, but for what the config says of each: worked out once. */
function alike<T>(polled: readonly Polled[], cost: (one: Polled) => T): readonly T[] {
  const known = new Map<DevicePlans, Map<string, T>>();
  return polled.map((one) => {
    const { minGapMs, commands, identified } = one.member;
    const key = JSON.stringify([minGapMs, commands.read, commands.write, identified === true]);
    const ofPlans = known.get(one.plans) ?? new Map<string, T>();
    known.set(one.plans, ofPlans);
    const found = ofPlans.get(key) ?? cost(one);
    ofPlans.set(key, found);
    return found;
  });
}

/** For each device the polls that can come between its due time and its own poll; see {@link busBudget}. */
function waitsOf(costs: readonly Cost[], poll: (cost: Cost) => number): readonly number[] {
  const all = sum(costs.map(poll));
  const running = largest(costs.filter(({ own, periods }) => periods > 1 && own.restMs === 0).map(poll));
  return costs.map((cost) => running + all - poll(cost));
}

function shortfalls(costs: readonly Cost[], load: number): readonly Shortfall[] {
  const promised = costs.filter(({ own }) => own.shortestPeriodMs > 0).toSorted((a, b) => b.own.load - a.own.load);
  if (load > 1) return promised.map(({ own }) => ({ id: own.id, reason: 'load', takesMs: 0 }));
  return promised.flatMap((cost): readonly Shortfall[] => {
    const { id, pollMs, shortestPeriodMs } = cost.own;
    if (pollMs > shortestPeriodMs) return [{ id, reason: 'whole', takesMs: pollMs }];
    // one that rests for longer may not come in each turn
    const others = costs.filter(({ own }) => own.id !== id && own.restMs < shortestPeriodMs);
    const takesMs = sum(others.map(({ alwaysMs }) => alwaysMs)) + cost.turnMs;
    return takesMs > shortestPeriodMs ? [{ id, reason: 'turn', takesMs }] : [];
  });
}

function turnOf(cost: Cost, costs: readonly Cost[]): number {
  return cost.own.pollMs + others(cost, costs, ({ answeredMs: block }) => block);
}

function others(cost: Cost, costs: readonly Cost[], ms: (other: Cost) => number): number {
  return sum(costs.map((other) => (other === cost ? 0 : ms(other))));
}

function strained(costs: readonly Cost[], starving: readonly Shortfall[]) {
  const refused = new Set(starving.map(({ id }) => id));
  const promised = costs.filter(({ own }) => own.shortestPeriodMs > 0 && !refused.has(own.id));
  const silent = (cost: Cost) =>
    Math.max(cost.own.pollMs, cost.own.silentMs) +
    others(cost, costs, ({ own, answeredMs: block }) => Math.max(block, own.silentMs));
  const slips = (cost: Cost) => cost.own.shortestPeriodMs < turnOf(cost, costs);
  return {
    slipping: promised.filter(slips).map(({ own }) => own.id),
    tight: promised.filter((cost) => !slips(cost) && cost.own.shortestPeriodMs < silent(cost)).map(({ own }) => own.id),
  };
}
