import { type Device, DRIVER_CONTRACT, type Driver, type Setup, type StreamDevice } from '../contract/driver.ts';
import { Fault } from '../contract/fault.ts';
import type { Point } from '../contract/reading.ts';
import { askedDevice } from './asked.ts';
import { readBytes } from './escapes.ts';
import { readForm } from './form.ts';
import { type Options, options, requestOf, templatesOf } from './options.ts';
import { fieldPoints, type PointOptions, point } from './points.ts';
import { LineReader } from './reader.ts';

export const driver: Driver<Options, PointOptions> = {
  contract: DRIVER_CONTRACT,
  name: 'lines',
  summary: 'Scales, sensors and boards that send lines of text, by themselves or when asked',
  options,
  point,
  create,
};

/** @throws Fault `driver/create` where points and templates do not fit together */
function create({ options, points }: Setup<Options, PointOptions>): Device {
  const asked = requestOf(options);
  const request = asked === undefined ? undefined : readBytes(asked);
  const forms = templatesOf(options).map((written) => {
    const form = readForm(written, options.decimal);
    if ('problem' in form) throw new Fault('driver/create');
    return form;
  });
  const fields = fieldPoints(forms, points, request !== undefined);
  const reader = new LineReader(forms, options, fields);
  const described = Array.from(fields.values(), ({ point }) => point);
  return request === undefined
    ? talkingDevice(reader, described, options)
    : askedDevice(reader, described, request, options);
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
