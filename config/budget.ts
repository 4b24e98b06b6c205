import type { Device } from '../drivers/contract/driver.ts';
import type { LineTiming } from '../drivers/contract/port.ts';
import { DevicePlans } from './device-plans.ts';
import { answeredMs, heldMs, type LinePace, largest, paceOf, sum, worstPollMs } from './exchange-cost.ts';

/** One device's share of its line. Times in milliseconds. */
export interface DeviceBudget {
  readonly id: string;
  /** Questions that it takes to read everything once. */
  readonly requests: number;
  /** Reading everything once when it answers at once. */
  readonly pollMs: number;
  /** What it costs the others while it does not answer: one question that runs into its timeout. */
  readonly silentMs: number;
  /** The longest that one poll can take, when every answer comes damaged at the end of its timeout. */
  readonly worstMs: number;
  /** The longest that one question may hold the line. */
  readonly longestMs: number;
  /** Share of the line that its periods need: 1 is all of it. Points without a period take what is left. */
  readonly load: number;
  /** The shortest period that was promised; 0: none. */
  readonly shortestPeriodMs: number;
  /** It has points without a period, so it is read whenever its turn comes. */
  readonly inTurn: boolean;
  /** No device waits longer than this from its due time to its first question, whatever the others do. */
  readonly waitMs: number;
  /** The same while commands come as fast as they are taken; as `waitMs` where no commands can reach the line. */
  readonly waitWithCommandsMs: number;
}

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
  /** All devices read once, one after the other, when all answer at once, milliseconds. */
  readonly cycleMs: number;
  /** The same when none answers: one timeout each. */
  readonly silentCycleMs: number;
  /** The same when every answer comes damaged at the end of its timeout, and is asked for once more. */
  readonly worstCycleMs: number;
  /** Share of the line that the periods need. */
  readonly load: number;
  /** Share that is left; 0 where the periods need all or more. */
  readonly headroom: number;
  /** The longest that one poll's question may hold the line, milliseconds: `throttle.maxRunMs` must be above it. */
  readonly longestMs: number;
  /** The longest that a command waits for the line while no other command waits, milliseconds; 0: none can come. */
  readonly commandWaitMs: number;
  /** The greediest first. */
  readonly starving: readonly Shortfall[];
  /** Devices whose periods slip now and then though all answer: when the others are due at the same time. */
  readonly slipping: readonly string[];
  /** Devices whose periods can't be kept while others are silent. */
  readonly tight: readonly string[];
}

export interface BudgetedLine {
  readonly timing: LineTiming;
  /** The configured gap; the line's own silence is kept in any case. */
  readonly gapMs: number;
  /** So many commands pass before one poll runs. */
  readonly commandBurst: number;
}

export interface BudgetedDevice {
  readonly id: string;
  readonly pollMs: number;
  readonly device: Device;
  /** What commands may ask of it. */
  readonly commands: { readonly read: boolean; readonly write: boolean };
}

/**
 * What a line can carry, from its physics, the timeouts and what is asked.
 *
 * **No device that answered its last poll waits longer than `waitWithCommandsMs`**, from the instant at which it falls
 * due to its first question on the wire, because of these four:
 * 1. A poll is never interrupted by another poll, and takes at most `worst`: each question is asked at most twice, and
 *    each time it holds the line no longer than its timeout, and the gap follows (`agent/device/polling.ts`).
 * 2. Before each question at most `commandBurst` commands pass, the one included that has the line as the question is
 *    put (`agent/throttle/plan.ts`); each holds the line at most for the longest question that commands ask.
 * 3. The poller takes whoever is most overdue (`agent/bus/turn.ts`). Whoever is polled before this one was due no later, and
 *    after his poll he is next due after its end: his period has passed, or he waits for a late answer, or for his
 *    probe. So each of the others comes before this one once.
 * 4. Only a device of several periods can come twice, or make itself wait: what falls due while its poll runs is due
 *    from before that poll's end. But such a poll runs already when this device falls due, so there is one at most.
 *
 * Hence: the longest poll of any device of several periods, one poll of each other device, the commands before its own
 * first question, and a gap. A device that did not answer may wait longer: it has only a share of the line. Not in it
 * are bytes that nobody asked for, a closed port, and the parts that are asked of a request that the device refuses or
 * does not answer while it answers others; of these a poll asks at most two in vain.
 */
export function busBudget(line: BudgetedLine, members: readonly BudgetedDevice[]): BusBudget {
  const pace = paceOf(line.timing, line.gapMs);
  const polled = members.flatMap((member): readonly Polled[] => {
    const { device } = member;
    return device.kind === 'poll' ? [{ member, plans: new DevicePlans(device, member.pollMs) }] : [];
  });
  const commandMs = largest(polled.map((one) => longestCommandMs(one, pace)));
  const commandsMs = commandMs === 0 ? 0 : line.commandBurst * (commandMs + pace.gapMs);
  const costs = polled.map((one) => costOf(one, pace, commandsMs));
  const waits = {
    worst: waitsOf(costs, ({ own }) => own.worstMs),
    commanded: waitsOf(costs, ({ commandedMs }) => commandedMs),
  };
  const devices = costs.map(
    ({ own }, index): DeviceBudget => ({
      ...own,
      waitMs: (waits.worst[index] ?? 0) + pace.gapMs,
      waitWithCommandsMs: (waits.commanded[index] ?? 0) + commandsMs + pace.gapMs,
    }),
  );
  const load = sum(devices.map((device) => device.load));
  const cycleMs = sum(devices.map(({ pollMs }) => pollMs));
  const longestMs = largest(devices.map((device) => device.longestMs));
  const starving = shortfalls(costs, load);
  return {
    devices,
    speedKnown: line.timing.characterMs > 0,
    cycleMs,
    silentCycleMs: sum(devices.map(({ silentMs }) => silentMs)),
    worstCycleMs: sum(devices.map(({ worstMs }) => worstMs)),
    load,
    headroom: Math.max(0, 1 - load),
    longestMs,
    // the silence before a poll, its question, and the silence behind it
    commandWaitMs: commandMs === 0 ? 0 : longestMs + 2 * pace.gapMs,
    starving,
    ...strained(devices, cycleMs, starving),
  };
}

interface Polled {
  readonly member: BudgetedDevice;
  readonly plans: DevicePlans;
}

/** What a device costs, before it is known what the others do. */
interface Cost {
  readonly own: Omit<DeviceBudget, 'waitMs' | 'waitWithCommandsMs'>;
  /** `worstMs` with commands before each question. */
  readonly commandedMs: number;
  /** It has points of different periods. */
  readonly several: boolean;
  /** Its points without a period: they are due again as soon as they are read. */
  readonly alwaysMs: number;
  /** Its shortest period's points, with those that are always due. */
  readonly turnMs: number;
}

function costOf({ member, plans }: Polled, pace: LinePace, commandsMs: number): Cost {
  const answered = (exchanges: readonly Parameters<typeof answeredMs>[0][]) =>
    sum(exchanges.map((exchange) => answeredMs(exchange, pace)));
  const polls = plans.polls();
  const questions = polls.flat();
  const always = plans.groups.filter(({ period }) => period === 0);
  const shortest = plans.groups.find(({ period }) => period > 0);
  const longestMs = largest(questions.map((exchange) => heldMs(exchange, pace)));
  const own = {
    id: member.id,
    requests: plans.whole.length,
    pollMs: answered(plans.whole),
    silentMs: longestMs === 0 ? 0 : longestMs + pace.gapMs,
    worstMs: largest(polls.map((poll) => worstPollMs(poll, pace))),
    longestMs,
    load: plans.load(answered),
    shortestPeriodMs: shortest?.period ?? 0,
    inTurn: always.length > 0,
  };
  return {
    own,
    commandedMs: largest(polls.map((poll) => worstPollMs(poll, pace, commandsMs))),
    several: plans.groups.length > 1,
    alwaysMs: always.length === 0 ? 0 : answered(plans.of(always)),
    turnMs: shortest === undefined ? 0 : answered(plans.of([...always, shortest])),
  };
}

/** Of reads and writes by command; a read of some points is taken to be no longer than what the polls ask. */
function longestCommandMs({ member, plans }: Polled, pace: LinePace): number {
  const { read, write } = member.commands;
  const writes = write ? plans.writes() : [];
  // after a write what was written is read back
  const reads = read || writes.length > 0 ? plans.polls().flat() : [];
  return largest([...reads, ...writes].map((exchange) => heldMs(exchange, pace)));
}

/** For each device the polls that can come between its due time and its own poll; see {@link busBudget}. */
function waitsOf(costs: readonly Cost[], poll: (cost: Cost) => number): readonly number[] {
  const all = sum(costs.map(poll));
  const running = largest(costs.filter(({ several }) => several).map(poll));
  return costs.map((cost) => running + all - poll(cost));
}

function shortfalls(costs: readonly Cost[], load: number): readonly Shortfall[] {
  const promised = costs.filter(({ own }) => own.shortestPeriodMs > 0).toSorted((a, b) => b.own.load - a.own.load);
  if (load > 1) return promised.map(({ own }) => ({ id: own.id, reason: 'load', takesMs: 0 }));
  const always = sum(costs.map(({ alwaysMs }) => alwaysMs));
  return promised.flatMap(({ own: { id, pollMs, shortestPeriodMs }, alwaysMs, turnMs }): readonly Shortfall[] => {
    if (pollMs > shortestPeriodMs) return [{ id, reason: 'whole', takesMs: pollMs }];
    const takesMs = always - alwaysMs + turnMs;
    return takesMs > shortestPeriodMs ? [{ id, reason: 'turn', takesMs }] : [];
  });
}

function strained(devices: readonly DeviceBudget[], cycleMs: number, starving: readonly Shortfall[]) {
  const refused = new Set(starving.map(({ id }) => id));
  const promised = devices.filter(({ id, shortestPeriodMs }) => shortestPeriodMs > 0 && !refused.has(id));
  const silentMs = sum(devices.map((device) => Math.max(device.pollMs, device.silentMs)));
  const between = (least: number, most: number) =>
    promised.filter(({ shortestPeriodMs: period }) => least <= period && period < most).map(({ id }) => id);
  return { slipping: between(0, cycleMs), tight: between(cycleMs, silentMs) };
}
