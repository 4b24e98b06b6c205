import type { z } from 'zod';
import type { LineNeed } from '../drivers/contract/dialogue.ts';
import { askedPart, type Device, type PortFacts } from '../drivers/contract/driver.ts';
import type { LineTiming } from '../drivers/contract/port.ts';
import { lineTiming, UNKNOWN_LINE } from '../drivers/port/line.ts';
import { type BusBudget, busBudget, type Shortfall } from './budget/budget.ts';
import type { BudgetedDevice, BudgetedLine } from './budget/budgeted.ts';
import { type DevicePlans, quietBefore } from './budget/device-plans.ts';
import { heldMs, largest, paceOf } from './budget/dialogue-cost.ts';
import { KnownPlans } from './budget/known-plans.ts';
import { mistakeWarnings } from './device-findings.ts';
import { type DeviceChecker, type PreparedDevice, shortestPeriod } from './devices.ts';
import { LIMITS } from './limits.ts';
import type { Finding, Path } from './problem.ts';
import { linkLossRules } from './rules/link-loss.ts';
import { serialPortSchema, tcpPortSchema, throttleSchema } from './schema/bus.ts';
import { defaultStaleAfter, deviceShape } from './schema/device.ts';
import { asNumber, asText, get, list, type Mapping } from './source/data.ts';

/** The timing of a bus's line; undefined where its port is wrong. */
function timingOf(port: unknown): LineTiming | undefined {
  const serial = serialPortSchema.safeParse(port);
  if (serial.success) return lineTiming(serial.data);
  return tcpPortSchema.safeParse(port).success ? UNKNOWN_LINE : undefined;
}

function factsOf(port: unknown): PortFacts {
  return { dataBits: asNumber(get(port, 'dataBits')), tcpPort: asNumber(get(port, 'tcpPort')) };
}

/** A bus with its devices as their drivers prepared them, in the order of the file. */
export interface PreparedBus {
  readonly devices: readonly PreparedDevice[];
  /** The load that its line carries; undefined where its port is wrong. */
  readonly budget: BusBudget | undefined;
}

export type Plant = readonly PreparedBus[];

/** Prepares all devices and judges what only shows once they are made: how they get along on their lines. */
export async function prepareDevices(root: unknown, checker: DeviceChecker): Promise<Plant> {
  const plant: PreparedBus[] = [];
  const known = new KnownPlans();
  const allowed = allowedAt(get(root, 'commands'));
  for (const [b, bus] of list(get(root, 'buses')).entries()) {
    const path: Path = ['buses', b];
    const timing = timingOf(get(bus, 'port'));
    const raw = list(get(bus, 'devices'));
    const prepared: PreparedDevice[] = [];
    for (const [d, device] of raw.entries()) {
      prepared.push(await checker.prepare(device, [...path, 'devices', d], timing, factsOf(get(bus, 'port'))));
    }
    checker.findings.push(...kindFindings(prepared, path));
    for (const [d, { device, points }] of prepared.entries()) {
      const at = [...path, 'devices', d];
      if (device === undefined) continue;
      judge(checker, device, raw[d], points, at);
      checker.findings.push(...linkLossRules(device, raw[d], at));
    }
    const plans = prepared.map(
      ({ device, model }, d) => device && known.of(device, model, timing ?? UNKNOWN_LINE, periodOf(device, raw[d])),
    );
    checker.warnings.push(...mistakeWarnings(plans, path));
    if (timing !== undefined) checker.findings.push(...runFindings(bus, timing, plans, path));
    const budget = timing && judgeLoad(checker, { bus, timing, prepared, plans, allowed, path });
    plant.push({ devices: prepared, budget });
    if (raw.length === 0) checker.warnings.push({ path: [...path, 'devices'], message: 'the bus has no devices' });
  }
  return plant;
}

/** The period of its points without their own, milliseconds. */
function periodOf(device: Device, raw: unknown): number {
  const written = accepted(deviceShape.pollMs, get(raw, 'pollMs'), LIMITS.device.pollMs.default);
  return Math.max(written, leastPollOf(device));
}

/** The shortest period that the driver lets its device have; 0: any. */
export function leastPollOf(device: Device | undefined): number {
  return (device && askedPart(device)?.leastPollMs) ?? 0;
}

/** A device that talks when it likes would talk into every answer of those that are asked. */
function kindFindings(prepared: readonly PreparedDevice[], path: Path): readonly Finding[] {
  const made = prepared.flatMap(({ device }, d) => (device === undefined ? [] : [{ device, d }]));
  const first = made[0]?.device.kind;
  const isTwofold = made.some(({ device }) => device.kind === 'stream' && device.asked !== undefined);
  return made.flatMap(({ device, d }, index) => {
    const message =
      device.kind !== first
        ? 'devices that are asked and devices that talk by themselves can not share a bus'
        : 'can not share a bus: one device of it talks by itself and is asked as well, and has its line for itself';
    const isRefused = device.kind !== first || (isTwofold && index > 0);
    return isRefused ? [{ path: [...path, 'devices', d, 'driver'], message }] : [];
  });
}

function judge(checker: DeviceChecker, device: Device, raw: unknown, points: readonly Mapping[], path: Path): void {
  const stale = asNumber(get(raw, 'staleAfterMs'));
  const asked = askedPart(device);
  if (asked === undefined) {
    for (const key of ['pollMs', 'minGapMs'].filter((each) => get(raw, each) !== undefined)) {
      checker.warnings.push({ path: [...path, key], message: 'has no effect: the device talks by itself' });
    }
    return;
  }
  const period = shortestPeriod(raw, points, LIMITS.device.pollMs.default);
  const leastPollMs = leastPollOf(device);
  checker.warnings.push(...tooOften(raw, leastPollMs, path));
  // of one that talks as well the time is that of its talk
  if (device.kind === 'stream') return;
  if (stale !== undefined && stale <= Math.max(period, leastPollMs)) {
    const message = 'must be above pollMs: the device would be offline between two polls';
    checker.findings.push({ path: [...path, 'staleAfterMs'], message });
  } else if (device.points.length === 0) {
    checker.warnings.push({ path, message: 'the device has no points: nothing is read' });
  }
}

/** Nothing is said of a period that nobody wrote. */
function tooOften(raw: unknown, leastPollMs: number, path: Path): readonly Finding[] {
  const message = `is shorter than the driver lets this device be asked, which is every ${leastPollMs} ms: see minPollMs of its options`;
  const places: Path[] = [path, ...list(get(raw, 'points')).map((_, p) => [...path, 'points', p])];
  const written = [raw, ...list(get(raw, 'points'))];
  return places.flatMap((place, index) => {
    const pollMs = asNumber(get(written[index], 'pollMs'));
    return pollMs === undefined || pollMs >= leastPollMs ? [] : [{ path: [...place, 'pollMs'], message }];
  });
}

/** The commands that are taken at a place of the config, as far as they ask something on a line. */
type Allowed = BudgetedDevice['commands'];

function allowedAt(commands: unknown): Allowed {
  const allow = get(commands, 'allow');
  const enabled = get(commands, 'enabled') !== false;
  const takes = (name: string) => enabled && (allow === undefined || list(allow).includes(name));
  return { read: takes('read'), write: takes('write') };
}

interface JudgedBus {
  readonly bus: unknown;
  readonly timing: LineTiming;
  readonly prepared: readonly PreparedDevice[];
  readonly plans: readonly (DevicePlans | undefined)[];
  /** The commands that the gateway takes. */
  readonly allowed: Allowed;
  readonly path: Path;
}

/** Periods that the line can't keep even when every device answers at once are refused; those that only timeouts break are warned of. */
function judgeLoad(checker: DeviceChecker, { bus, timing, prepared, plans, allowed, path }: JudgedBus): BusBudget {
  const raw = list(get(bus, 'devices'));
  const places = new Map<string, number>();
  const devices = prepared.flatMap(({ device, minGapMs }, d): readonly BudgetedDevice[] => {
    if (device === undefined) return [];
    const id = asText(get(raw[d], 'id')) ?? '';
    places.set(id, d);
    const pollMs = periodOf(device, raw[d]);
    const own = allowedAt(get(raw[d], 'commands'));
    // the values of a lost link take as long to write as a command's, and need nobody's leave
    const write = (allowed.write && own.write) || get(raw[d], 'onLinkLoss') !== undefined;
    const commands = { read: allowed.read && own.read, write };
    const identified = get(get(raw[d], 'identity'), 'ask') !== false;
    return [{ id, pollMs, minGapMs, device, plans: plans[d], commands, identified }];
  });
  const budget = busBudget(lineOf(bus, timing), devices);
  checker.findings.push(...idleFindings(bus, budget, path));
  const at = (id: string): Path => {
    const place = places.get(id) ?? 0;
    const shortest = budget.devices.find((device) => device.id === id)?.shortestPeriodMs;
    const points = list(get(raw[place], 'points'));
    const point = points.findIndex((each) => get(each, 'pollMs') === shortest);
    const device = [...path, 'devices', place];
    return point < 0 ? [...device, 'pollMs'] : [...device, 'points', point, 'pollMs'];
  };
  for (const short of budget.starving) checker.findings.push({ path: at(short.id), message: whyShort(short, budget) });
  for (const id of budget.slipping) {
    const turnMs = budget.devices.find((device) => device.id === id)?.turnMs ?? 0;
    const message = `is kept only on the average: all devices of the bus together take ${Math.ceil(turnMs)} ms`;
    checker.warnings.push({ path: at(id), message });
  }
  for (const { id, pollMs, restMs } of budget.devices) {
    // a device that rests gives the line back after each question
    const message = restMs > 0 ? undefined : holdUp(id, pollMs, budget);
    if (message !== undefined) checker.warnings.push({ path: [...path, 'devices', places.get(id) ?? 0], message });
  }
  for (const id of budget.tight) {
    checker.warnings.push({ path: at(id), message: 'can not be kept while devices of the bus are silent' });
  }
  for (const { id, inTurn, turnMs } of budget.devices) {
    const place = places.get(id) ?? 0;
    if (!inTurn || turnMs < staleAfterOf(raw[place])) continue;
    const message = `the device will be offline between two polls: a turn of the bus takes ${Math.ceil(turnMs)} ms`;
    checker.warnings.push({ path: [...path, 'devices', place, 'staleAfterMs'], message });
  }
  if (budget.commandWaitMs > throttleOf(bus, 'maxWaitMs')) {
    const message = `a command can be given up behind one silent device: that takes up to ${Math.ceil(budget.commandWaitMs)} ms`;
    checker.warnings.push({ path: [...path, 'throttle', 'maxWaitMs'], message });
  }
  return budget;
}

/** Of a device whose one poll is longer than another's period: a poll is not interrupted by other polls. */
function holdUp(id: string, pollMs: number, { devices, slipping }: BusBudget): string | undefined {
  const [first, ...more] = devices.filter(
    (other) => other.id !== id && slipping.includes(other.id) && other.shortestPeriodMs < pollMs,
  );
  if (first === undefined) return undefined;
  const held = more.length === 0 ? first.id : `${first.id} and ${more.length} more`;
  return `holds its neighbours up: reading it takes ${Math.ceil(pollMs)} ms at a stretch, longer than the period of ${held}. Split it into devices with fewer points each, or give it a bus of its own`;
}

function staleAfterOf(device: unknown): number {
  const pollMs = accepted(deviceShape.pollMs, get(device, 'pollMs'), LIMITS.device.pollMs.default);
  return asNumber(get(device, 'staleAfterMs')) ?? defaultStaleAfter(pollMs);
}

function whyShort({ id, reason, takesMs }: Shortfall, { devices, load }: BusBudget): string {
  const says = (why: string) => `the line can not keep this period: ${why}`;
  const ms = `${Math.ceil(takesMs)} ms`;
  if (reason === 'whole') return says(`reading the whole device takes ${ms}`);
  if (reason === 'turn') return says(`with those that are read as often as the bus allows, a turn takes ${ms}`);
  const own = devices.find((device) => device.id === id)?.load ?? 0;
  const part = own === load ? '' : `, those of this device ${Math.ceil(own * 100)} %`;
  return says(`the polls of the bus need ${Math.ceil(load * 100)} % of its time${part}`);
}

function lineOf(bus: unknown, timing: LineTiming): BudgetedLine {
  const server = tcpPortSchema.safeParse(get(bus, 'port')).data;
  const settleMs = server?.settleMs ?? 0;
  return {
    timing,
    gapMs: throttleOf(bus, 'gapMs'),
    commandBurst: throttleOf(bus, 'commandBurst'),
    maxWaitMs: throttleOf(bus, 'maxWaitMs'),
    settleMs,
  };
}

/** A port that is closed between two polls settles before each: a period must leave the time for that. */
function idleFindings(bus: unknown, { devices }: BusBudget, path: Path): readonly Finding[] {
  const server = tcpPortSchema.safeParse(get(bus, 'port')).data;
  const periods = devices.map(({ shortestPeriodMs }) => shortestPeriodMs).filter((period) => period > 0);
  const shortest = Math.min(...periods);
  if (!server || server.idleCloseMs === 0 || shortest <= server.idleCloseMs || shortest > server.settleMs) return [];
  const message = 'must be 0 or not below the shortest period of the bus, which is no longer than settleMs';
  return [{ path: [...path, 'port', 'idleCloseMs'], message }];
}

function throttleOf(bus: unknown, key: 'gapMs' | 'maxWaitMs' | 'maxRunMs' | 'commandBurst'): number {
  return accepted(throttleSchema.shape[key], get(get(bus, 'throttle'), key), LIMITS.throttle[key].default);
}

/** A value that is refused for itself counts as its default: a load worked out from it would tell what stood in the file. */
function accepted(schema: z.ZodType<number>, value: unknown, fallback: number): number {
  return schema.safeParse(value).data ?? fallback;
}

/**
 * An operation that is stopped before its device had its time would make a slow device look like a stuck line. The gap
 * before it is no part of it, but the gaps in it are, and the silence of its protocol before the first request may be.
 */
function runFindings(
  bus: unknown,
  timing: LineTiming,
  plans: readonly (DevicePlans | undefined)[],
  path: Path,
): readonly Finding[] {
  const maxRun = throttleOf(bus, 'maxRunMs');
  const asked = plans.map((each) => (each === undefined ? [] : [...each.polls().flat(), ...each.writes()]));
  const all = asked.flat();
  const pace = paceOf(timing, throttleOf(bus, 'gapMs'), all);
  const first = quietBefore(all);
  const isTcp = get(get(bus, 'port'), 'host') !== undefined;
  return asked.flatMap((dialogues, d) => {
    const findings: Finding[] = [];
    const held = largest(dialogues.map((dialogue) => heldMs(dialogue, pace))) + first;
    if (held >= maxRun) {
      const message = `its timeout must be below throttle.maxRunMs of the bus: it may have the line for ${Math.ceil(held)} ms`;
      findings.push({ path: [...path, 'devices', d, 'options'], message });
    }
    const needs = dialogues
      .flatMap((dialogue) => dialogue.needs ?? [])
      .filter((need) => (need === 'network') !== isTcp);
    if (needs.length > 0) findings.push({ path: [...path, 'devices', d, 'driver'], message: whyUnable(needs) });
    return findings;
  });
}

/** Of a device on a raw TCP port, which carries nothing but bytes, or of one that is reached by TCP on a serial port. */
function whyUnable(needs: readonly LineNeed[]): string {
  if (needs.includes('network')) {
    return 'speaks over TCP: its bus needs a port with host and tcpPort, and not a serial port; `fieldward drivers` names the driver for a line';
  }
  const can = needs.includes('line-speed') ? 'change the speed of its line' : 'send a break';
  return `needs a serial port of this machine: it must ${can}, and a raw TCP port can not`;
}
