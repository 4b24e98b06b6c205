import { planOf, quietOf } from '../../../config/budget/device-plans.ts';
import type { BusConfig } from '../../../config/config.ts';
import type { LoadedConfig } from '../../../config/load.ts';
import { askedPart } from '../../../drivers/contract/driver.ts';
import { LEAST_LATENCY_MS, latencyTimerAt } from '../../../drivers/port/latency.ts';
import { exchangeMs } from '../../../drivers/port/latency-cost.ts';
import { atSpeed, lineTiming } from '../../../drivers/port/line.ts';

/** A bus whose adapter, plugged in here and now, holds answers back. */
export interface SlowAdapter {
  readonly bus: string;
  readonly latencyTimerMs: number;
  /** All its devices read once, milliseconds, with the timer as it is, and at 1 ms; 0 where nothing is asked. */
  readonly cycleMs: number;
  readonly quickCycleMs: number;
  /** The agent may lower the timer itself when it opens the port. */
  readonly lowered: boolean;
}

/**
 * Of a checked config's serial ports those whose adapter is slow; ports that are not there are passed over.
 * @param timerAt reads a port's latency timer without opening the port
 */
export async function slowAdapters(loaded: LoadedConfig, timerAt = latencyTimerAt): Promise<readonly SlowAdapter[]> {
  const slow: SlowAdapter[] = [];
  for (const bus of loaded.config.buses) {
    if (!('path' in bus.port)) continue;
    const timer = await timerAt(bus.port.path);
    if (timer === undefined || timer <= LEAST_LATENCY_MS) continue;
    const cycleMs = (timerMs: number) => busCycleMs(bus, loaded, timerMs);
    slow.push({
      bus: bus.id,
      latencyTimerMs: timer,
      cycleMs: cycleMs(timer),
      quickCycleMs: cycleMs(LEAST_LATENCY_MS),
      lowered: bus.port.lowLatency,
    });
  }
  return slow;
}

/** The message to an operator about it: a warning where he has to do something about it. */
export function describeSlowAdapter({ bus, latencyTimerMs, cycleMs, quickCycleMs, lowered }: SlowAdapter): string {
  const cost =
    cycleMs === 0 ? '' : `: all are read once in ${Math.ceil(cycleMs)} ms, at 1 ms in ${Math.ceil(quickCycleMs)} ms`;
  const remedy = lowered
    ? 'the agent lowers it to 1 ms when it opens the port'
    : 'set port.lowLatency to true, or install systemd/60-fieldward.rules';
  return `${lowered ? 'note' : 'warning'}: bus ${bus}: its adapter holds answers back for up to ${latencyTimerMs} ms${cost}; ${remedy}`;
}

function busCycleMs({ port, throttle, devices }: BusConfig, loaded: LoadedConfig, timerMs: number): number {
  if (!('path' in port)) return 0;
  const line = lineTiming(port);
  let sum = 0;
  for (const { id } of devices) {
    const device = loaded.devices.get(id);
    const asked = device && askedPart(device);
    if (device === undefined || asked === undefined) continue;
    const gapMs = Math.max(throttle.gapMs, quietOf(device));
    const names = asked.points.map(({ name }) => name);
    for (const { cost } of planOf(asked, names) ?? []) {
      for (const { request, answer, quietBefore, baudRate = line.baudRate, rest = 0 } of cost.usual)
        sum += exchangeMs({ request, answer, quietMs: quietBefore }, atSpeed(line, baudRate), gapMs, timerMs) + rest;
    }
  }
  return sum;
}
