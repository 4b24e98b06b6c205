import type { BusBudget } from '../../config/budget/budget.ts';
import type { DeviceBudget } from '../../config/budget/budgeted.ts';
import { estimateWear, readingSources, type Wear } from '../../config/budget/wear.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { table } from './table.ts';

/**
 * The load that a bus can carry and the times that each of its devices may rely on, a line each; nothing where nothing
 * is asked.
 */
export function describeBudget(budget: BusBudget | undefined): readonly string[] {
  if (budget === undefined || budget.devices.length === 0) return [];
  const rows = [HEAD, ...budget.devices.map((device) => row(device, budget.speedKnown))];
  // the column would only repeat the one before it
  const shown = budget.commandWaitMs > 0 ? rows : rows.map((cells) => cells.slice(0, -1));
  return [`all are read once in ${cycles(budget)}`, ...share(budget), ...commands(budget), ...table(shown).split('\n')];
}

const HEAD = ['device', 'requests', 'read in', 'every', 'waits at most', 'with commands'];
const UNKNOWN = '-';

function row(device: DeviceBudget, speedKnown: boolean): readonly string[] {
  const { id, requests, pollMs, shortestPeriodMs, inTurn, waitMs, waitWithCommandsMs } = device;
  return [
    id,
    String(requests),
    speedKnown ? ms(pollMs) : UNKNOWN,
    inTurn ? 'turn' : ms(shortestPeriodMs),
    ms(waitMs),
    ms(waitWithCommandsMs),
  ];
}

function cycles({ speedKnown, cycleMs, silentCycleMs, worstCycleMs }: BusBudget): string {
  const silent = `${ms(silentCycleMs)} when none ${speedKnown ? 'does' : 'answers'}, ${ms(worstCycleMs)} at the worst`;
  return speedKnown ? `${ms(cycleMs)} when they answer at once, ${silent}` : silent;
}

function share({ speedKnown, load, headroom }: BusBudget): readonly string[] {
  if (!speedKnown) return ['the speed of the line is not known: only timeouts and gaps count'];
  const left = Math.floor(headroom * 100);
  return [
    `the periods need ${100 - left} % of the line, ${left} % is left${load > 0 ? '' : ': no period is promised'}`,
  ];
}

function commands({ commandWaitMs }: BusBudget): readonly string[] {
  return commandWaitMs > 0 ? [`a command has the line after ${ms(commandWaitMs)} at the most`] : [];
}

function ms(value: number): string {
  return `${Math.ceil(value - ROUNDING)} ms`;
}

/** Sums of fractions that should be whole are a little more. */
const ROUNDING = 1e-6;

/** The time that the outbox can hold, and the wear of the flash memory under its folder. */
export function describeWear(loaded: LoadedConfig): readonly string[] {
  const wear = wearOf(loaded);
  if (wear.holdsS === null) return [];
  const pace = `${figure(wear.readingsPerS)} readings a second of ${wear.bytesPerReading} bytes`;
  const years = `${figure(wear.outageTerabytesPerYear)} TB a year`;
  const isOnDisk = loaded.config.outbox.directory !== undefined;
  const about = isOnDisk ? 'about ' : '';
  const flash = isOnDisk ? 'flash' : 'flash, if it had a folder';
  return [
    `outbox: holds ${about}${span(wear.holdsS)} without a broker, at up to ${pace}${isOnDisk ? ' (deflated, by estimate)' : ''}`,
    `${flash}: ${megabytes(wear.connectedBytesPerDay)} a day, without a broker up to ${megabytes(wear.outageBytesPerDay)} (${years})`,
  ];
}

/** The same for programs. */
export function wearReport(loaded: LoadedConfig): object {
  return { onDisk: loaded.config.outbox.directory !== undefined, ...rounded(wearOf(loaded)) };
}

function wearOf({ config, devices, budgets }: LoadedConfig): Wear {
  return estimateWear(config.outbox, readingSources(config, devices, budgets));
}

function megabytes(bytes: number): string {
  return `${figure(bytes / 1e6)} MB`;
}

/** Two digits that matter, all of a larger number. */
function figure(value: number): string {
  return String(value >= 100 ? Math.round(value) : Number(value.toPrecision(2)));
}

function span(seconds: number): string {
  if (seconds < 2 * 60) return `${seconds} s`;
  if (seconds < 2 * 3600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 2 * 86_400 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} days`;
}

/** The budgets for programs: by bus, times in milliseconds to a thousandth, `null` what the unknown speed hides. */
export function budgetReport({ config, budgets }: LoadedConfig): readonly object[] {
  return config.buses.map(({ id }) => {
    const budget = budgets.get(id);
    const { devices = [], gapMs: _, starving: __, slipping: ___, tight: ____, ...figures } = budget ?? {};
    const hidden = (names: readonly string[]) =>
      budget?.speedKnown === false ? Object.fromEntries(names.map((name) => [name, null])) : {};
    return {
      id,
      ...rounded(figures),
      ...hidden(['cycleMs', 'load', 'headroom']),
      devices: devices.map((device) => ({ ...rounded(device), ...hidden(['pollMs', 'load']) })),
    };
  });
}

function rounded(figures: object): object {
  const round = (value: unknown) => (typeof value === 'number' ? Math.round(value * 1000) / 1000 : value);
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, round(value)]));
}
