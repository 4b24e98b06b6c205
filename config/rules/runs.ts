import type { Dialogue, LineNeed } from '../../drivers/contract/dialogue.ts';
import type { LineTiming } from '../../drivers/contract/port.ts';
import { type DevicePlans, quietBefore } from '../budget/device-plans.ts';
import { heldMs, largest, paceOf } from '../budget/dialogue-cost.ts';
import type { Finding, Path } from '../problem.ts';

/** A line, and the time that its bus lets an operation take. */
export interface RunLimits {
  readonly timing: LineTiming;
  readonly maxRunMs: number;
  readonly gapMs: number;
  /** It is a server's port, and no serial one of this machine. */
  readonly isTcp: boolean;
}

/**
 * An operation that is stopped before its device had its time would make a slow device look like a stuck line. The gap
 * before it is no part of it, but the gaps in it are, and the silence of its protocol before the first request may be.
 * @param plans of each device of the bus; undefined: it is never asked
 * @param path of the bus
 */
export function runRules(
  plans: readonly (DevicePlans | undefined)[],
  { timing, maxRunMs, gapMs, isTcp }: RunLimits,
  path: Path,
): readonly Finding[] {
  // many devices of one model share their plans
  const asked = new Map<DevicePlans, readonly Dialogue[]>();
  for (const each of plans) {
    if (each !== undefined && !asked.has(each)) asked.set(each, [...each.polls().flat(), ...each.writes()]);
  }
  const all = [...asked.values()].flat();
  const pace = paceOf(timing, gapMs, all);
  const first = quietBefore(all);
  const wrongWith = (dialogues: readonly Dialogue[]) => {
    const held = largest(dialogues.map((dialogue) => heldMs(dialogue, pace))) + first;
    const tooLong = `its timeout must be below throttle.maxRunMs of the bus: it may have the line for ${Math.ceil(held)} ms`;
    const needs = dialogues
      .flatMap((dialogue) => dialogue.needs ?? [])
      .filter((need) => (need === 'network') !== isTcp);
    return [
      ...(held >= maxRunMs ? [{ key: 'options', message: tooLong }] : []),
      ...(needs.length > 0 ? [{ key: 'driver', message: whyUnable(needs) }] : []),
    ];
  };
  const wrong = new Map([...asked].map(([each, dialogues]) => [each, wrongWith(dialogues)]));
  return plans.flatMap((each, d) => {
    const found = each === undefined ? [] : (wrong.get(each) ?? []);
    return found.map(({ key, message }) => ({ path: [...path, 'devices', d, key], message }));
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
