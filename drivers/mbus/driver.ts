import { DRIVER_CONTRACT, type Driver, type PollDevice, type Setup } from '../contract/driver.ts';
import { Fault } from '../contract/fault.ts';
import { type Options, options } from './options.ts';
import { type PointOptions, point } from './point.ts';
import { readout, type Target, wanted } from './readout.ts';
import { manufacturerCode } from './record/header.ts';
import { publicPoint, type Selector, selectorsOf } from './selection.ts';
import { timingOf } from './timing.ts';

/** M-Bus master on a wired bus (EN 13757-2 and -3). */
export const driver: Driver<Options, PointOptions> = {
  contract: DRIVER_CONTRACT,
  name: 'mbus',
  summary: 'M-Bus meters for heat, water, gas and electricity behind a level converter',
  options,
  point,
  create,
};

function create({ options: given, points, line }: Setup<Options, PointOptions>): PollDevice {
  const selectors = new Map<string, Selector>();
  for (const selector of selectorsOf(points)) selectors.set(selector.name, selector);
  if (points.length > 0 && selectors.size !== points.length) throw new Fault('driver/create');
  const places = new Map([...selectors.keys()].map((name, place) => [name, place]));
  const entries = new Map(points.map((entry) => [entry.name, entry]));
  const setup = {
    target: targetOf(given),
    timing: timingOf(line, given.timeoutMs),
    retries: given.retries,
    maxTelegrams: given.maxTelegrams,
  };
  return {
    kind: 'poll',
    points: [...selectors.values()].map((selector) => {
      const described = publicPoint(selector, entries.get(selector.name));
      const { pollMs } = described;
      return { ...described, pollMs: pollMs === undefined ? undefined : Math.max(pollMs, given.minPollMs) };
    }),
    leastPollMs: given.minPollMs,
    plan(names) {
      const chosen = [...new Set(names)].map((name) => {
        const selector = selectors.get(name);
        if (selector === undefined) throw new Fault('command/unknown-point');
        return selector;
      });
      if (chosen.length === 0) return [];
      const key = chosen.length === selectors.size ? 'all' : chosen.map(({ name }) => places.get(name)).join();
      return [readout(setup, key, wanted(chosen))];
    },
    write(values) {
      const isKnown = [...values.keys()].every((name) => selectors.has(name));
      throw new Fault(isKnown ? 'command/not-writable' : 'command/unknown-point');
    },
  };
}

/** Wild cards for what the config leaves open: EN 13757-3 (2013). */
function targetOf({ address, secondary, manufacturer, version, medium }: Options): Target {
  if (secondary === undefined) return { kind: 'primary', address: address ?? 0 };
  const key = {
    id: secondary,
    manufacturer: manufacturer === undefined ? 0xffff : manufacturerCode(manufacturer),
    version: version ?? 0xff,
    medium: medium ?? 0xff,
  };
  return { kind: 'secondary', key };
}
