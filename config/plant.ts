import type { z } from 'zod';
import type { Device } from '../drivers/contract/driver.ts';
import type { LineTiming } from '../drivers/contract/port.ts';
import { lineTiming, UNKNOWN_LINE } from '../drivers/port/line.ts';
import { type BusBudget, busBudget } from './budget.ts';
import { get, list, type Mapping, numberOf, textOf } from './data.ts';
import { type DeviceChecker, type PreparedDevice, shortestPeriod } from './devices.ts';
import { LIMITS } from './limits.ts';
import type { Finding, Path } from './problem.ts';
import { serialPortSchema, tcpPortSchema, throttleSchema } from './schema/bus.ts';
import { deviceShape } from './schema/device.ts';

/** The timing of a bus's line; undefined where its port is wrong. */
function timingOf(port: unknown): LineTiming | undefined {
  const serial = serialPortSchema.safeParse(port);
  if (serial.success) return lineTiming(serial.data);
  return tcpPortSchema.safeParse(port).success ? UNKNOWN_LINE : undefined;
}

/** A bus with its devices as their drivers prepared them, in the order of the file. */
export interface PreparedBus {
  readonly devices: readonly PreparedDevice[];
  /** What its line carries; undefined where its port is wrong. */
  readonly budget: BusBudget | undefined;
}

export type Plant = readonly PreparedBus[];

/** Prepares all devices and judges what only shows once they are made: how they get along on their lines. */
export async function prepareDevices(root: unknown, checker: DeviceChecker): Promise<Plant> {
  const plant: PreparedBus[] = [];
  for (const [b, bus] of list(get(root, 'buses')).entries()) {
    const path: Path = ['buses', b];
    const timing = timingOf(get(bus, 'port'));
    const raw = list(get(bus, 'devices'));
    const prepared: PreparedDevice[] = [];
    for (const [d, device] of raw.entries()) {
      prepared.push(await checker.prepare(device, [...path, 'devices', d], timing));
    }
    checker.findings.push(...kindFindings(prepared, path));
    for (const [d, { device, points }] of prepared.entries()) {
      const at = [...path, 'devices', d];
      if (device !== undefined) judge(checker, device, raw[d], points, at);
    }
    if (timing !== undefined) checker.findings.push(...runFindings(bus, timing, prepared, path));
    plant.push({ devices: prepared, budget: timing && judgeLoad(checker, bus, timing, prepared, path) });
    if (raw.length === 0) checker.warnings.push({ path: [...path, 'devices'], message: 'the bus has no devices' });
  }
  return plant;
}

/** A device that talks when it likes would talk into every answer of those that are asked. */
function kindFindings(prepared: readonly PreparedDevice[], path: Path): readonly Finding[] {
  const first = prepared.find(({ device }) => device !== undefined)?.device?.kind;
  return prepared.flatMap(({ device }, d) => {
    if (device === undefined || device.kind === first) return [];
    const message = 'devices that are asked and devices that talk by themselves can not share a bus';
    return [{ path: [...path, 'devices', d, 'driver'], message }];
  });
}

function judge(checker: DeviceChecker, device: Device, raw: unknown, points: readonly Mapping[], path: Path): void {
  const stale = numberOf(get(raw, 'staleAfterMs'));
  if (device.kind === 'stream') {
    if (get(raw, 'pollMs') === undefined) return;
    checker.warnings.push({ path: [...path, 'pollMs'], message: 'has no effect: the device talks by itself' });
  } else if (stale !== undefined && stale <= shortestPeriod(raw, points, LIMITS.device.pollMs.default)) {
    const message = 'must be above pollMs: the device would be offline between two polls';
    checker.findings.push({ path: [...path, 'staleAfterMs'], message });
  } else if (device.points.length === 0) {
    checker.warnings.push({ path, message: 'the device has no points: nothing is read' });
  }
}

/** Periods that the line can't keep even when every device answers at once are refused; those that only timeouts break are warned of. */
function judgeLoad(
  checker: DeviceChecker,
  bus: unknown,
  timing: LineTiming,
  prepared: readonly PreparedDevice[],
  path: Path,
): BusBudget {
  const raw = list(get(bus, 'devices'));
  const places = new Map<string, number>();
  const devices = prepared.flatMap(({ device }, d) => {
    if (device === undefined) return [];
    const id = textOf(get(raw[d], 'id')) ?? '';
    places.set(id, d);
    return [{ id, pollMs: accepted(deviceShape.pollMs, get(raw[d], 'pollMs'), LIMITS.device.pollMs.default), device }];
  });
  const gap = accepted(throttleSchema.shape.gapMs, get(get(bus, 'throttle'), 'gapMs'), LIMITS.throttle.gapMs.default);
  const budget = busBudget(timing, gap, devices);
  const at = (id: string): Path => [...path, 'devices', places.get(id) ?? 0, 'pollMs'];
  const share = Math.ceil(budget.load * 100);
  for (const id of budget.starving) {
    const message = `the line can not keep this period: the polls of the bus need ${share} % of its time`;
    checker.findings.push({ path: at(id), message });
  }
  for (const id of budget.tight) {
    checker.warnings.push({ path: at(id), message: 'can not be kept while devices of the bus are silent' });
  }
  return budget;
}

/** What is refused for itself counts as its default: a load worked out from it would tell what stood in the file. */
function accepted(schema: z.ZodType<number>, value: unknown, fallback: number): number {
  return schema.safeParse(value).data ?? fallback;
}

/** An operation that is stopped before its device had its time would make a slow device look like a stuck line. */
function runFindings(
  bus: unknown,
  timing: LineTiming,
  prepared: readonly PreparedDevice[],
  path: Path,
): readonly Finding[] {
  const maxRun = accepted(
    throttleSchema.shape.maxRunMs,
    get(get(bus, 'throttle'), 'maxRunMs'),
    LIMITS.throttle.maxRunMs.default,
  );
  return prepared.flatMap(({ device }, d) => {
    if (device?.kind !== 'poll') return [];
    const exchanges = device.plan(device.points.map(({ name }) => name));
    const longest = exchanges.reduce(
      (most, { request, timeout }) => Math.max(most, request.length * timing.characterMs + timeout),
      0,
    );
    if (longest < maxRun) return [];
    return [
      { path: [...path, 'devices', d, 'options'], message: 'its timeout must be below throttle.maxRunMs of the bus' },
    ];
  });
}
