import type { Point } from '../../drivers/contract/reading.ts';
import { DEVICE_CLASSES, type DeviceClass, type StateClass, unitText } from './classes.ts';

/** The meaning of a number as Home Assistant is told it. */
export interface NumberMeaning {
  /** Empty: it has none. */
  readonly unit: string;
  readonly deviceClass: string | undefined;
  readonly stateClass: StateClass | undefined;
}

/**
 * The part of a number's meaning that Home Assistant takes: no class that the unit does not fit, which would cost the
 * entity, and no state class that does not fit the class, which would cost its statistics. Pure.
 */
export function numberMeaning(point: Point): NumberMeaning {
  const unit = unitText(point.unit);
  const known = classOf(point);
  const fits = known?.units.includes(unit) ? known : undefined;
  const wanted = wantedState(point, fits);
  return {
    unit,
    deviceClass: fits?.deviceClass,
    stateClass: fits === undefined || fits.states.includes(wanted) ? wanted : undefined,
  };
}

/** The class of the point's quantity, for any unit; undefined: there is none. Pure. */
export function classOf({ quantity }: Pick<Point, 'quantity'>): DeviceClass | undefined {
  return quantity === undefined ? undefined : DEVICE_CLASSES[quantity];
}

/** The state class that the point would have by what it counts. Pure. */
export function wantedState({ counts }: Pick<Point, 'counts'>, known: DeviceClass | undefined): StateClass {
  if (counts !== undefined) return counts === 'total' ? 'total' : 'total_increasing';
  return known?.states[0] === 'measurement_angle' ? 'measurement_angle' : 'measurement';
}
