import type { Exchange } from '../contract/dialogue.ts';
import type { PollDevice } from '../contract/driver.ts';
import { milliseconds } from '../contract/duration.ts';
import type { Point, Sample } from '../contract/reading.ts';
import { single } from '../contract/single.ts';
import { type ActionPoint, orderedBy } from './action.ts';
import { judgeLines } from './answer.ts';
import { DEFAULT_TIMEOUT, lateOf, type Options } from './options.ts';
import type { LineReader } from './reader.ts';

/** The points that one request reads, and the actions that the device can be told to do. */
export interface AskedSetup {
  readonly reader: LineReader;
  readonly request: Uint8Array;
  /** Those that the answer holds. */
  readonly points: readonly Point[];
  readonly actions: readonly ActionPoint[];
  readonly options: Options;
}

/** A device that answers one request with one line. */
export function askedDevice({ reader, request, points, actions, options }: AskedSetup): PollDevice {
  const exchange: Exchange<readonly Sample[]> = {
    request,
    answer: { usual: reader.usualLength, most: reader.roomFor(request) },
    timeout: milliseconds(options.timeoutMs ?? DEFAULT_TIMEOUT),
    // Lines carry no address and no number: any device's answer could pass for another's.
    signature: 'lines',
    lateWithin: milliseconds(lateOf(options)),
    judge: (received, ended) =>
      judgeLines(
        reader,
        (line) => {
          const reading = reader.read(line);
          return 'samples' in reading ? { result: reading.samples } : reading;
        },
        { request, received, ended },
      ),
  };
  const asking = (names: readonly string[]) =>
    single({
      ...{ key: 'line', points: names, exchange },
      samples: (samples) => samples.filter(({ point }) => names.includes(point)),
    });
  const byName = new Map(actions.map((action) => [action.point.name, action]));
  return {
    kind: 'poll',
    points: [...points, ...actions.map(({ point }) => point)],
    plan(names) {
      const read = names.filter((name) => !byName.has(name));
      return read.length === 0 ? [] : [asking(read)];
    },
    write: (values) => orderedBy(values, byName, points).map(({ dialogue }) => dialogue),
  };
}
