import {
  type Conflict,
  type Device,
  DRIVER_CONTRACT,
  type Driver,
  type Setup,
  type StreamDevice,
} from '../contract/driver.ts';
import { Fault } from '../contract/fault.ts';
import type { Point } from '../contract/reading.ts';
import { actionPoint } from './action.ts';
import { askedDevice } from './asked.ts';
import { readBytes } from './escapes.ts';
import { readForm } from './form.ts';
import { actionsOf, type Options, options, requestOf, templatesOf } from './options.ts';
import { fieldPoints, type PointOptions, point, READ_KEYS } from './points.ts';
import { LineReader } from './reader.ts';

export const driver: Driver<Options, PointOptions> = {
  contract: DRIVER_CONTRACT,
  name: 'lines',
  summary: 'Scales, sensors and boards that send lines of text, by themselves or when asked',
  options,
  point,
  create,
  conflicts,
};

/** Only actions are written, and an action is nothing but written. Fields have their rules in `fieldPoints`. */
function conflicts({ options, points }: Setup<Options, PointOptions>): readonly Conflict[] {
  const actions = actionsOf(options) ?? {};
  return [...points.entries()].flatMap(([place, entry]): readonly Conflict[] => {
    const at = (key: string) => ({ point: place, key });
    if (!Object.hasOwn(actions, entry.name)) {
      if (!entry.writable) return [];
      return [{ at: at('writable'), message: 'only goes with what a preset that is asked can do, as zero and tare' }];
    }
    const isTwice = points.findIndex(({ name }) => name === entry.name) !== place;
    return [
      ...(isTwice ? [{ at: at('name'), message: 'another point of the device has this name' }] : []),
      ...(entry.writable ? [] : [{ at: at('name'), message: 'needs writable: true, for it can not be read' }]),
      ...READ_KEYS.filter((key) => entry[key] !== undefined).map((key) => ({
        ...{ at: at(key), message: 'does not go with what the device does' },
      })),
    ];
  });
}

/** @throws Fault `driver/create` where points and templates do not fit together */
function create(setup: Setup<Options, PointOptions>): Device {
  const { options } = setup;
  const [conflict] = conflicts(setup);
  if (conflict !== undefined) throw new Fault('driver/create', { point: conflict.at.point });
  const actions = new Map(Object.entries(actionsOf(options) ?? {}));
  const asked = requestOf(options);
  const request = asked === undefined ? undefined : readBytes(asked);
  const forms = templatesOf(options).map((written) => {
    const form = readForm(written, options.decimal);
    if ('problem' in form) throw new Fault('driver/create');
    return form;
  });
  const fields = fieldPoints(
    forms,
    setup.points.map((entry) => (actions.has(entry.name) ? undefined : entry)),
    request !== undefined,
  );
  const reader = new LineReader(forms, options, fields);
  const described = Array.from(fields.values(), ({ point }) => point);
  const ordered = setup.points.flatMap((entry) => {
    const action = actions.get(entry.name);
    return action === undefined ? [] : [actionPoint(entry, action, options)];
  });
  return request === undefined
    ? talkingDevice(reader, described, options)
    : askedDevice({ reader, request, points: described, actions: ordered, options });
}

function talkingDevice(reader: LineReader, points: readonly Point[], options: Options): StreamDevice {
  // Of a line that was cut at its front `12.5 kg` may be left as `2.5 kg`: only a text at the front would show it.
  const skipsFirst = reader.forms.some(({ template: [first] }) => first?.kind !== 'literal');
  return {
    kind: 'stream',
    points,
    framer: () => reader.framer({ skipsFirst }),
    decode(frame) {
      const reading = reader.read(frame);
      if ('samples' in reading) return reading;
      if (reading.fits) return { fault: new Fault(reading.code), stray: reading.stray };
      return options.unmatched === 'ignore' ? { samples: [] } : { fault: new Fault(reading.code), stray: 'noise' };
    },
  };
}
