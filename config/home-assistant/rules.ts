import type { Point } from '../../drivers/contract/reading.ts';
import { withMeaning } from '../meaning.ts';
import type { Plant } from '../plant.ts';
import type { Finding, Path } from '../problem.ts';
import type { PlacedPoint } from '../rules/write-limits.ts';
import { asText, get, isMapping, list } from '../source/data.ts';
import { unitText } from './classes.ts';
import { classOf, wantedState } from './meaning.ts';

/** Finer than this Home Assistant takes no step of a number (`components/number`). */
const LEAST_STEP = 0.001;
/** The text that stands for "unknown" in states: `None`, and of a select in any case of letters. */
const UNKNOWN = 'none';

export interface HomeAssistantFindings {
  /** Home Assistant would drop the entity. */
  readonly refused: readonly Finding[];
  /** It would take it and complain, or show it wrongly. */
  readonly warned: readonly Finding[];
}

const NOTHING: HomeAssistantFindings = { refused: [], warned: [] };

/**
 * The parts of the plant that Home Assistant would refuse or warn of; nothing where it is not asked for. Each is found
 * at its place in the file, a profile's where the profile is named.
 * @param root the config as it was read
 */
export function homeAssistantRules(root: unknown, plant: Plant): HomeAssistantFindings {
  if (!isMapping(get(root, 'homeAssistant'))) return NOTHING;
  const refused: Finding[] = [];
  const warned: Finding[] = [];
  for (const [b, bus] of list(get(root, 'buses')).entries()) {
    for (const [d, raw] of list(get(bus, 'devices')).entries()) {
      const { device, placed = [], points = [] } = plant[b]?.devices[d] ?? {};
      if (device === undefined) continue;
      const known = new Map(withMeaning(device.points, points).map((point) => [point.name, point]));
      for (const each of placed) {
        const point = known.get(asText(get(each.point, 'name')) ?? '');
        if (point === undefined) continue;
        refused.push(...refusals(point, each));
        warned.push(...warnings(point, each, asText(get(raw, 'label'))));
      }
    }
  }
  return { refused, warned };
}

function refusals(point: Point, { point: entry, place }: PlacedPoint): readonly Finding[] {
  const at = (key: string): Path => (get(entry, key) === undefined || isProfile(place) ? place : [...place, key]);
  const findings: Finding[] = [];
  if (point.type !== 'number') {
    if (point.unit === undefined || get(entry, 'unit') === undefined) return [];
    return [{ path: at('unit'), message: 'Home Assistant refuses a unit of what is no number' }];
  }
  const known = classOf(point);
  const unit = unitText(point.unit);
  if (get(entry, 'quantity') !== undefined && known !== undefined && unit !== '' && !known.units.includes(unit)) {
    const takes = known.units.filter((each) => each !== '').join(', ') || 'none';
    findings.push({
      path: at('unit'),
      message: `Home Assistant refuses the unit for this quantity; it takes: ${takes}`,
    });
  }
  if (point.writable && point.step !== undefined && point.step < LEAST_STEP) {
    findings.push({ path: at('step'), message: `Home Assistant refuses a step below ${LEAST_STEP}` });
  }
  return findings;
}

function warnings(point: Point, { point: entry, place }: PlacedPoint, device: string | undefined): readonly Finding[] {
  const at = (key: string): Path => (get(entry, key) === undefined || isProfile(place) ? place : [...place, key]);
  const findings: Finding[] = [];
  const { label } = point;
  if (label !== undefined && device !== undefined && label.startsWith(device)) {
    const message = 'repeats the label of the device: Home Assistant shows both together';
    findings.push({ path: at('label'), message });
  }
  if (point.choices?.some((choice) => choice.toLowerCase() === UNKNOWN)) {
    findings.push({ path: at('enum'), message: 'has a text that means “unknown” in Home Assistant: None' });
  }
  const known = classOf(point);
  if (point.type !== 'number' || known === undefined) return findings;
  if (unitText(point.unit) === '' && !known.units.includes('')) {
    const message = `Home Assistant warns of the quantity without a unit; it takes: ${known.units.join(', ')}`;
    findings.push({ path: at('quantity'), message });
  }
  if (point.counts !== undefined && !known.states.includes(wantedState(point, known))) {
    findings.push({ path: at('counts'), message: 'Home Assistant keeps no such count of this quantity' });
  }
  return findings;
}

function isProfile(place: Path): boolean {
  return place.at(-1) === 'profile';
}
