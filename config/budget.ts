import type { Device, Exchange, PollDevice } from '../drivers/contract/driver.ts';
import type { LineTiming } from '../drivers/contract/port.ts';

/** One device's share of its line. */
export interface DeviceBudget {
  readonly id: string;
  /** Reading everything once when it answers at once, milliseconds. */
  readonly pollMs: number;
  /** The same when every exchange runs into its timeout. */
  readonly silentMs: number;
  /** The longest single exchange, run into its timeout. */
  readonly longestMs: number;
  /** Share of the line that its periods need: 1 is all of it. Points without a period take what is left. */
  readonly load: number;
  /** The shortest period that was promised; 0: none. */
  readonly shortestPeriodMs: number;
}

export interface BusBudget {
  readonly devices: readonly DeviceBudget[];
  /** All devices read once, one after the other, when all answer at once, milliseconds. */
  readonly cycleMs: number;
  /** The same when none answers. */
  readonly worstCycleMs: number;
  readonly load: number;
  /** The longest that one exchange may hold the line, milliseconds: `throttle.maxRunMs` must be above it. */
  readonly longestMs: number;
  /** Devices whose periods can't be met even when every device answers at once, the greediest first. */
  readonly starving: readonly string[];
  /** Devices whose periods can't be met while others are silent, or are being read whole. */
  readonly tight: readonly string[];
}

export interface BudgetedDevice {
  readonly id: string;
  readonly pollMs: number;
  readonly device: Device;
}

/**
 * What a line can carry, from its physics: characters, the silence before and after each frame, and the gap.
 * @param gapMs the configured gap; the line's own silence is kept in any case
 */
export function busBudget(timing: LineTiming, gapMs: number, devices: readonly BudgetedDevice[]): BusBudget {
  const gap = Math.max(gapMs, timing.silenceMs);
  const budgets = devices.flatMap(({ id, pollMs, device }) =>
    device.kind === 'poll' ? [deviceBudget(id, pollMs, device, timing, gap)] : [],
  );
  const cycleMs = budgets.reduce((sum, budget) => sum + budget.pollMs, 0);
  const worstCycleMs = budgets.reduce((sum, budget) => sum + budget.silentMs, 0);
  const load = budgets.reduce((sum, budget) => sum + budget.load, 0);
  const promised = budgets.filter((budget) => budget.shortestPeriodMs > 0);
  const starving = load <= 1 ? [] : promised.toSorted((a, b) => b.load - a.load).map(({ id }) => id);
  const tight =
    load > 1
      ? []
      : promised
          .filter(({ shortestPeriodMs }) => shortestPeriodMs < Math.max(cycleMs, worstCycleMs))
          .map(({ id }) => id);
  const longestMs = Math.max(0, ...budgets.map((budget) => budget.longestMs));
  return { devices: budgets, cycleMs, worstCycleMs, load, longestMs, starving, tight };
}

function deviceBudget(id: string, period: number, device: PollDevice, timing: LineTiming, gap: number): DeviceBudget {
  const byPeriod = new Map<number, string[]>();
  for (const point of device.points) {
    const own = point.pollMs ?? period;
    byPeriod.set(own, [...(byPeriod.get(own) ?? []), point.name]);
  }
  let load = 0;
  for (const [own, names] of byPeriod) {
    if (own > 0) load += total(device.plan(names), (exchange) => exchangeMs(exchange, timing, gap)) / own;
  }
  const whole = device.plan(device.points.map(({ name }) => name));
  return {
    id,
    pollMs: total(whole, (exchange) => exchangeMs(exchange, timing, gap)),
    silentMs: total(whole, (exchange) => unansweredMs(exchange, timing) + gap),
    longestMs: Math.max(0, ...whole.map((exchange) => unansweredMs(exchange, timing))),
    load,
    shortestPeriodMs: shortest([...byPeriod.keys()]),
  };
}

function shortest(periods: readonly number[]): number {
  const promised = periods.filter((period) => period > 0);
  return promised.length === 0 ? 0 : Math.min(...promised);
}

/** Request, the silence by which the device knows its end, answer, gap (Modbus over Serial Line V1.02, 2.5.1.1). */
function exchangeMs(exchange: Exchange, timing: LineTiming, gap: number): number {
  const characters = exchange.request.length + exchange.answerLength;
  return characters * timing.characterMs + timing.silenceMs + gap;
}

function unansweredMs(exchange: Exchange, timing: LineTiming): number {
  return exchange.request.length * timing.characterMs + exchange.timeout;
}

function total(exchanges: readonly Exchange[], cost: (exchange: Exchange) => number): number {
  return exchanges.reduce((sum, exchange) => sum + cost(exchange), 0);
}
