/** The measurements of a simulated sensor. */
export interface Measured {
  /** Until the values are there. */
  readonly seconds: number;
  /** As the sensor writes them: `+21.5`. @param at milliseconds */
  readonly values: (at: number) => readonly string[];
}

export interface SensorSetup {
  /** 0 to 9, A to Z, a to z. */
  readonly address: string;
  /** The text of `aI!` behind the address. */
  readonly identification: string;
  /** By the digit of the command: 0 is `aM!`, `aC!` and `aR0!`. */
  readonly measurements: ReadonlyMap<number, Measured>;
}

interface Running {
  readonly readyAt: number;
  readonly values: readonly string[];
  readonly summed: boolean;
  /** It says when it is ready. */
  readonly serves: boolean;
}

const COMMAND = /^(.)(?:(I)|([MCR])(C?)([0-9]?)|D([0-9]))?!$/;

/** Characters of values in one answer. */
const MOST_OF_M = 35;
const MOST_OF_C = 75;

/** One SDI-12 sensor. It has no clock and no line: it is told what comes, and when. */
export class Sdi12Sensor {
  readonly #setup: SensorSetup;
  #running: Running | undefined;
  #isServed = true;
  #most = MOST_OF_M;

  constructor(setup: SensorSetup) {
    this.#setup = setup;
  }

  /** A break, or a command: a measurement that is not ready is aborted. @param at milliseconds */
  disturb(at: number): void {
    if (this.#running?.serves && at < this.#running.readyAt) this.#running = undefined;
    this.#isServed = true;
  }

  /** When it says that its values are there; nothing where it does not. */
  get serviceAt(): number | undefined {
    return this.#isServed ? undefined : this.#running?.readyAt;
  }

  /** Its service request, once. */
  service(): string {
    this.#isServed = true;
    return `${this.#setup.address}\r\n`;
  }

  /** @returns what it answers; nothing where it says nothing. @param at milliseconds */
  answer(command: string, at: number): string | undefined {
    const [, address, identify, letter, sum, digit = '', data] = COMMAND.exec(command) ?? [];
    if (address !== this.#setup.address) return undefined;
    this.disturb(at);
    if (identify !== undefined) return `${address}${this.#setup.identification}\r\n`;
    if (data !== undefined) return this.#data(Number(data), at);
    if (letter === undefined) return `${address}\r\n`;
    const measured = this.#setup.measurements.get(Number(digit));
    const summed = sum === 'C';
    if (letter === 'R') return this.#line((measured?.values(at) ?? []).join(''), summed);
    return this.#start(measured, { letter, summed, at });
  }

  #start(
    measured: Measured | undefined,
    { letter, summed, at }: { letter: string; summed: boolean; at: number },
  ): string {
    const { seconds = 0, values } = measured ?? {};
    const taken = values?.(at) ?? [];
    const serves = letter === 'M' && seconds > 0;
    this.#running = { readyAt: at + seconds * 1000, values: taken, summed, serves };
    this.#isServed = !serves;
    this.#most = letter === 'M' ? MOST_OF_M : MOST_OF_C;
    const count = String(taken.length).padStart(letter === 'M' ? 1 : 2, '0');
    return `${this.#setup.address}${String(seconds).padStart(3, '0')}${count}\r\n`;
  }

  #data(number: number, at: number): string {
    const running = this.#running;
    const isReady = running !== undefined && at >= running.readyAt;
    return this.#line(isReady ? (this.#groups(running.values)[number] ?? '') : '', running?.summed === true);
  }

  /** As many values in each answer as fit. */
  #groups(values: readonly string[]): readonly string[] {
    const groups: string[] = [];
    for (const value of values) {
      const last = groups.at(-1);
      if (last !== undefined && last.length + value.length <= this.#most) groups[groups.length - 1] = last + value;
      else groups.push(value);
    }
    return groups;
  }

  #line(values: string, summed: boolean): string {
    const body = `${this.#setup.address}${values}`;
    return `${body}${summed ? crcOf(body) : ''}\r\n`;
  }
}

/** CRC-16/ARC bit by bit, so that the simulator and the driver can't share a mistake. */
function crcOf(body: string): string {
  let crc = 0;
  for (const byte of Buffer.from(body, 'latin1')) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  }
  return String.fromCharCode(64 + (crc >> 12), 64 + ((crc >> 6) & 63), 64 + (crc & 63));
}
