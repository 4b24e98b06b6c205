import { changes, valuesOf } from '../../agent/cli/top/changes.ts';
import { Screen } from '../../agent/cli/top/screen.ts';
import { emptyView, observe, type ViewState } from '../../agent/cli/top/state.ts';
import type { UnitOf } from '../../agent/cli/top/units.ts';
import { render } from '../../agent/cli/top/view.ts';
import { PICKED } from './config.ts';

/** Where the show goes: a terminal, lines of text, or lines of JSON. */
export interface Audience {
  published(topic: string, payload: string): void;
  /** The address of the console; a program that reads JSON has no use for it. */
  opened?(url: string): void;
  /** Called a few times a second. */
  tick(legend: readonly string[]): void;
  end(): void;
}

function picked(state: ViewState): ViewState {
  const devices = Array.from(state.devices, ([id, device]) => {
    const points = PICKED[id] ?? [...device.values.keys()];
    const values = points.flatMap((point) => {
      const value = device.values.get(point);
      return value === undefined ? [] : [[point, value] as const];
    });
    return [id, { ...device, values: new Map(values) }] as const;
  });
  return { ...state, devices: new Map(devices) };
}

const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';

/** Redraws the tables in place; the last picture, from before the agent stopped, stays where the command was typed. */
export function onTerminal(out: NodeJS.WriteStream, colour: boolean, prefix: string, unitOf: UnitOf): Audience {
  let state = emptyView(prefix);
  let shown = state;
  let page: readonly string[] = [];
  out.write(ENTER);
  const screen = new Screen(() => performance.now());
  const picture = (height: number | undefined, notes: readonly string[]) =>
    render(picked(shown), { width: out.columns ?? 80, height, colour, now: Date.now(), unitOf, notes });
  return {
    published(topic, payload) {
      state = observe(state, topic, payload);
    },
    tick(legend) {
      shown = state;
      const lines = picture(out.rows ?? 24, [...legend, ...page]).split('\n');
      out.write(screen.update(lines, out.columns ?? 80, out.rows ?? 24));
    },
    opened(url) {
      page = [`The same in a browser: ${url}`];
    },
    end: () => void out.write(`${LEAVE}${picture(undefined, [])}\n`),
  };
}

const VALUES_EVERY = 5000;

/** Says what changes, and every few seconds the newest values. */
export function onLines(out: NodeJS.WritableStream, prefix: string, unitOf: UnitOf): Audience {
  const startedAt = performance.now();
  let state = emptyView(prefix);
  let said: string | undefined;
  let valuesAt = startedAt;
  const say = (text: string) => {
    const seconds = (performance.now() - startedAt) / 1000;
    out.write(`${seconds.toFixed(1).padStart(7)} s  ${text}\n`);
  };
  const step = (next: ViewState) => {
    for (const change of changes(state, next)) say(change);
    state = next;
  };
  return {
    published: (topic, payload) => step(observe(state, topic, payload)),
    opened: (url) => say(`* The console is at ${url}`),
    tick(legend) {
      // Only the words: the seconds in them change with every tick.
      const story = legend[0]?.replace(/ \d+ s ago/, '');
      if (story !== undefined && story !== said) say(`* ${story}`);
      said = story;
      if (performance.now() - valuesAt < VALUES_EVERY) return;
      valuesAt = performance.now();
      for (const line of valuesOf(state, Date.now(), unitOf)) say(line);
    },
    end: () => say('* The demo is over.'),
  };
}

/** One JSON object for each message, and nothing else. */
export function asJson(out: NodeJS.WritableStream): Audience {
  return {
    published: (topic, payload) => void out.write(`${JSON.stringify({ topic, payload: parsed(payload) })}\n`),
    tick() {},
    end() {},
  };
}

function parsed(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    return payload;
  }
}
