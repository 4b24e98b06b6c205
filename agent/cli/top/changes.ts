import { FAULTS } from '../../../drivers/contract/faults.ts';
import { showSpan, showValue } from './shown-text.ts';
import type { DeviceView, ViewState } from './state.ts';
import type { UnitOf } from './units.ts';

/** The changes, one sentence each: the view for where there is no terminal. */
export function changes(before: ViewState, after: ViewState): readonly string[] {
  const said: string[] = [];
  if (after.online !== before.online) said.push(`gateway ${after.online ? 'online' : 'offline'}`);
  for (const bus of after.buses) {
    const old = before.buses.find((each) => each.id === bus.id);
    if (old?.open !== bus.open || (!bus.open && old.fault !== bus.fault)) {
      said.push(`bus ${bus.id} ${bus.open ? 'open' : `closed${because(bus.fault)}`}`);
    }
  }
  for (const device of after.devices.values()) {
    const old = before.devices.get(device.id);
    for (const [point, code] of device.unreadable) {
      const isOld = old?.unreadable.some(([each, why]) => each === point && why === code);
      if (!isOld) said.push(`device ${device.id}: ${point} can't be read${because(code)}`);
    }
    if (device.health === undefined || device.health === old?.health) continue;
    said.push(`device ${device.id} ${device.health}${device.health === 'online' ? '' : because(device.fault)}`);
  }
  return said;
}

/** One line for each device that has values. */
export function valuesOf(state: ViewState, now: number, unitOf?: UnitOf): readonly string[] {
  return [...state.devices.values()]
    .filter((device) => device.values.size > 0)
    .map((device) => `${device.id}${age(device, now)}: ${pairs(device, unitOf)}`);
}

/** More than a line has room for says nothing to anyone. */
const SHOWN = 6;

function pairs(device: DeviceView, unitOf?: UnitOf): string {
  const texts = [...device.values]
    .slice(0, SHOWN)
    .map(([point, value]) => `${point} ${showValue(value, unitOf?.(device.id, point))}`);
  const more = device.values.size - texts.length;
  return texts.join(', ') + (more > 0 ? `, and ${more} more` : '');
}

function age(device: DeviceView, now: number): string {
  return device.at === undefined ? '' : ` (${showSpan(now - device.at)} ago)`;
}

function because(fault: string | undefined): string {
  if (fault === undefined) return '';
  return Object.hasOwn(FAULTS, fault) ? `: ${FAULTS[fault as keyof typeof FAULTS].message}` : `: ${fault}`;
}
