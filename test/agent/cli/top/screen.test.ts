import { describe, expect, it } from 'vitest';
import { Screen } from '../../../../agent/cli/top/screen.ts';
import { sparkline, TREND_LENGTH, trendWith } from '../../../../agent/cli/top/sparkline.ts';
import { emptyView, observe, type ViewState } from '../../../../agent/cli/top/state.ts';
import { render } from '../../../../agent/cli/top/view.ts';
import { keysIn, keysText, NO_WISHES, pressed, sorted } from '../../../../agent/cli/top/wishes.ts';

const P = 'fieldward/gw';
const WIDTH = 100;
const HEIGHT = 40;

/** A terminal as far as the view needs one: places, cursor and clearing; styles are dropped. */
class Terminal {
  readonly #rows: string[][];
  #row = 0;
  #column = 0;

  constructor(height: number) {
    this.#rows = Array.from({ length: height }, () => []);
  }

  write(text: string): void {
    for (const [part] of text.matchAll(/\x1b\[[0-9;?]*[A-Za-z]|[^\x1b]/gu)) {
      if (part === '\r') this.#column = 0;
      else if (part === '\n') this.#row += 1;
      else if (part.startsWith('\x1b')) this.#control(part);
      else {
        const row = this.#rows[this.#row] ?? [];
        while (row.length < this.#column) row.push(' ');
        row[this.#column] = part;
        this.#column += 1;
      }
    }
  }

  #control(sequence: string): void {
    const [row = '1', column = '1'] = sequence.slice(2, -1).split(';');
    if (sequence.endsWith('H')) [this.#row, this.#column] = [Number(row || 1) - 1, Number(column) - 1];
    else if (sequence.endsWith('J')) for (const each of this.#rows) each.length = 0;
  }

  get text(): string {
    return this.#rows
      .map((row) => row.join('').trimEnd())
      .join('\n')
      .trimEnd();
  }
}

/** A busy gateway after so many seconds: all values and figures differ each time. */
function plant(seconds: number, before: ViewState = emptyView(P)): ViewState {
  const wave = (seed: number) => Math.abs(Math.sin(seconds * 1.7 + seed));
  const devices = Array.from({ length: 12 }, (_, at) => `meter-${at}`);
  const status = {
    uptimeS: seconds,
    process: { rssBytes: 70_000_000 },
    buses: Object.fromEntries(
      ['a', 'b'].map((id, at) => [id, { open: true, utilisation: wave(at), exchanges: seconds * 20, timeouts: at }]),
    ),
    devices: Object.fromEntries(
      devices.map((id, at) => [id, { bus: at < 6 ? 'a' : 'b', health: 'online', latencyMs: 20 + 30 * wave(at) }]),
    ),
  };
  const at = new Date(seconds * 1000).toISOString();
  return devices.reduce(
    (state, id, seed) =>
      observe(
        state,
        `${P}/${id}/state`,
        JSON.stringify({ at, values: { voltage: 230 + wave(seed), power: Math.round(1000 * wave(seed + 1)) } }),
      ),
    observe(before, `${P}/status`, JSON.stringify(status)),
  );
}

describe('the screen', () => {
  it('sends under 2 KB a second of a busy gateway, and shows all of it in the end', () => {
    let now = 0;
    const screen = new Screen(() => now);
    const terminal = new Terminal(HEIGHT);
    let state = emptyView(P);
    let picture = '';
    const perSecond: number[] = [];
    const draw = (colour: boolean) => {
      picture = render(state, { width: WIDTH, height: HEIGHT, colour, now, notes: [keysText(NO_WISHES, WIDTH)] });
      const sent = screen.update(picture.split('\n'), WIDTH, HEIGHT);
      terminal.write(sent);
      return Buffer.byteLength(sent);
    };
    for (let second = 0; second <= 60; second += 1) {
      state = plant(second, state);
      let sent = 0;
      for (const part of [0, 500]) {
        now = second * 1000 + part;
        sent += draw(true);
      }
      perSecond.push(sent);
    }
    expect(Math.max(...perSecond)).toBeLessThan(2048);
    // with nothing new it catches up; where it is, it sends nothing more
    for (let turn = 0; turn < 20; turn += 1) {
      now += 500;
      terminal.write(screen.update(picture.split('\n'), WIDTH, HEIGHT));
    }
    now += 500;
    expect(screen.update(picture.split('\n'), WIDTH, HEIGHT)).toBe('');
    expect(terminal.text).toBe(
      picture
        .replace(/\x1b\[[0-9;]*m/g, '')
        .replace(/ +$/gm, '')
        .trimEnd(),
    );
  });

  it('sends the changed places alone, in their style, and no more of a row than that', () => {
    const screen = new Screen(() => 0);
    screen.update(['power  100 W', 'still'], 20, 2);
    expect(screen.update(['power  \x1b[31m105\x1b[0m W', 'still'], 20, 2)).toBe('\x1b[1;8H\x1b[0;31m105\x1b[0m');
    expect(screen.update(['power  \x1b[31m105\x1b[0m W', ''], 20, 2)).toBe('\x1b[2;1H     ');
  });

  it('writes a wide character whole', () => {
    const screen = new Screen(() => 0);
    screen.update(['水 a'], 20, 1);
    expect(screen.update(['火 a'], 20, 1)).toBe('\x1b[1;1H火');
  });

  it('is drawn anew where the terminal has another size', () => {
    const screen = new Screen(() => 0);
    screen.update(['a'], 20, 1);
    expect(screen.update(['a'], 30, 1)).toBe('\x1b[H\x1b[2J\x1b[1;1Ha');
  });

  it('is there within two seconds on a usual terminal, and takes no more while a window is drawn to another size', () => {
    let now = 0;
    const screen = new Screen(() => now);
    const page = render(plant(1, plant(0)), { width: 80, height: 24, colour: true, now: 0 }).split('\n');
    const first = screen.update(page, 80, 24);
    expect(first).toContain('meter-7');
    for (; now < 2000; now += 500) screen.update(page, 80, 24);
    expect(screen.update(page, 80, 24)).toBe('');
    let sent = 0;
    for (; now < 10_000; now += 100) sent += Buffer.byteLength(screen.update(page, 81 + now / 100, 24));
    expect(sent / 10).toBeLessThan(2048);
    for (; now < 17_000; now += 500) screen.update(page, 300, 24);
    expect(screen.update(page, 300, 24)).toBe('');
  });

  it('takes no more however fast the keys are', () => {
    const screen = new Screen(() => 0);
    const rows = (letter: string) => Array.from({ length: HEIGHT }, () => letter.repeat(WIDTH));
    screen.update(rows('a'), WIDTH, HEIGHT);
    let sent = 0;
    for (let turn = 0; turn < 100; turn += 1) sent += screen.update(rows('bc'[turn % 2] ?? ''), WIDTH, HEIGHT).length;
    expect(sent).toBeLessThan(1024);
  });
});

describe('the keys', () => {
  const devices = [...plant(3).devices.values()];

  it('choose a device, look into it and go back', () => {
    const press = (keys: readonly string[]) =>
      keys.reduce((wishes, key) => pressed(wishes, key, devices) ?? wishes, NO_WISHES);
    expect(press(['\x1b[B', 'j'])).toMatchObject({ chosen: 'meter-1', isOpen: false });
    expect(press(['\x1b[B', 'j', 'k', '\x1bOA'])).toMatchObject({ chosen: 'meter-0' });
    const open = press(['j', 'j', 'j', '\r']);
    expect(open).toMatchObject({ chosen: 'meter-2', isOpen: true });
    const state = plant(4, plant(3));
    const shown = render(state, { width: WIDTH, height: HEIGHT, colour: false, now: 5000, wishes: open });
    expect(shown).toContain('meter-2');
    expect(shown).not.toContain('meter-3');
    expect(shown).toMatch(/VALUES {2}TREND/);
    expect(press(['j', '\r', '\x1b'])).toMatchObject({ isOpen: false });
    expect(pressed(NO_WISHES, 'q', devices)).toBeUndefined();
    for (const key of ['', 'constructor', '\x1b[2J', 'é']) expect(pressed(NO_WISHES, key, devices)).toBe(NO_WISHES);
    expect(pressed(NO_WISHES, '\r', [])).toMatchObject({ isOpen: false });
  });

  it('are taken one by one where a slow line brings several at once', () => {
    expect(keysIn('jj\x1b[B\x1bOA\r\x1b[6~\x1b')).toEqual(['j', 'j', '\x1b[B', '\x1bOA', '\r', '\x1b[6~', '\x1b']);
    expect(keysIn('')).toEqual([]);
  });

  it('are told in words that the terminal has room for', () => {
    for (const isOpen of [true, false]) {
      for (const width of [40, 80]) {
        const text = keysText({ ...NO_WISHES, isOpen }, width);
        expect(text).toMatch(/^q/);
        expect(text.length).toBeLessThanOrEqual(width);
      }
    }
  });

  it('turn the pages of the values of the device that is open', () => {
    const values = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`a-name-of-some-length-${at}`, at]));
    const state = observe(plant(1), `${P}/meter-0/state`, JSON.stringify({ at: '2026-11-23T10:15:05Z', values }));
    const some = [...state.devices.values()];
    const seen = (keys: readonly string[]) => {
      const wishes = keys.reduce((each, key) => pressed(each, key, some) ?? each, NO_WISHES);
      return render(state, { width: 80, height: 24, colour: false, now: 0, wishes });
    };
    expect(seen(['\r'])).toMatch(/length-0 .*page 1 of 2$/s);
    expect(seen(['\r', ' '])).toMatch(/length-59 .*page 2 of 2$/s);
    expect(seen(['\r', ' ', '\x1b[5~'])).toBe(seen(['\r']));
    expect(seen(['\r', ' ', '\x1b[6~'])).toBe(seen(['\r']));
    expect(seen(['\r', ' ', '\x1b', '\r'])).toBe(seen(['\r']));
  });

  it('sort by what troubles most', () => {
    const [first, second, third] = devices;
    if (!first || !second || !third) throw new Error('there are devices');
    const some = [
      { ...first, health: 'online', latencyMs: 5, at: 300 },
      { ...second, health: 'offline', latencyMs: undefined, at: undefined },
      { ...third, health: 'online', latencyMs: 90, at: 100 },
    ];
    const ids = (order: Parameters<typeof sorted>[1]) =>
      sorted(some, order)
        .map(({ id }) => id.slice(-1))
        .join('');
    expect(ids('config')).toBe('012');
    expect(ids('health')).toBe('102');
    expect(ids('latency')).toBe('201');
    expect(ids('age')).toBe('201');
    expect(pressed({ ...NO_WISHES, order: 'age' }, 's', some)?.order).toBe('config');
  });
});

describe('a line of bars', () => {
  it('shows values between nothing and the most', () => {
    expect(sparkline([0, 0.5, 1, 2, Number.NaN], 1)).toBe('▁▅██▁');
    expect(sparkline([])).toBe('');
    expect(sparkline([0, 0])).toBe('▁▁');
  });

  it('keeps the newest values alone', () => {
    const long = Array.from({ length: 40 }, (_, at) => at).reduce(trendWith, [] as readonly number[]);
    expect(long).toHaveLength(TREND_LENGTH);
    expect(long.at(-1)).toBe(39);
  });
});
