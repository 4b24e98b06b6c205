/** Seconds for a day of the simulated sun, so that a demo sees morning and night. */
const DAY = 120;

const PANEL_PEAK = 420;
const BATTERY = { empty: 25.2, full: 28.4 };

/**
 * The bytes of a solar charger in one second: a text block, and every tenth second a HEX message behind it. Pure.
 * @param at milliseconds of any clock; also the time of its day
 */
export function solarBlock(at: number): Uint8Array {
  const sun = Math.max(0, Math.sin((2 * Math.PI * (at / 1000)) / DAY));
  const power = Math.round(PANEL_PEAK * sun);
  const volts = BATTERY.empty + (BATTERY.full - BATTERY.empty) * sun;
  const block = textBlock([
    ['PID', '0xA057'],
    ['FW', '164'],
    ['SER#', 'HQ0000SIMUL'],
    ['V', String(Math.round(volts * 1000))],
    ['I', String(Math.round((power / volts) * 1000) - 400)],
    ['VPV', String(Math.round(60_000 * Math.min(1, 3 * sun)))],
    ['PPV', String(power)],
    ['CS', sun === 0 ? '0' : sun > 0.9 ? '4' : '3'],
    ['MPPT', sun === 0 ? '0' : '2'],
    ['OR', sun === 0 ? '0x00000001' : '0x00000000'],
    ['ERR', '0'],
    ['LOAD', 'ON'],
    ['IL', '400'],
    ['H19', '15230'],
    ['H20', String(Math.round(150 * sun))],
    ['H21', String(PANEL_PEAK)],
    ['H22', '148'],
    ['H23', '415'],
    ['HSDS', '42'],
  ]);
  const isTenth = Math.floor(at / 1000) % 10 === 0;
  // the answer to a get of register 0xEDDB, the charger's own temperature: 25.00 °C
  return isTenth ? Uint8Array.from([...block, ...hexMessage(7, [0xdb, 0xed, 0x00, 0xc4, 0x09])]) : block;
}

/** The registers of the simulated charger, bytes as they go on the wire. Pure. @param at milliseconds of any clock */
export function solarRegisters(at: number): ReadonlyMap<number, readonly number[]> {
  const seconds = Math.floor(at / 1000);
  return new Map([
    [0xeddb, word(2500 + (seconds % 600))],
    [0xedec, [0xff, 0xff]],
    [0xedbc, [...word(Math.round(PANEL_PEAK * 100) & 0xffff), 0, 0]],
    [0x010a, Array.from('HQ0000SIMUL', (character) => character.charCodeAt(0))],
  ]);
}

function word(value: number): readonly number[] {
  return [value & 0xff, (value >> 8) & 0xff];
}

const LONGEST_REQUEST = 64;

/** The end of a charger that hears HEX messages. It knows no time. */
export class HexHearer {
  readonly #registers: () => ReadonlyMap<number, readonly number[]>;
  #heard = '';

  constructor(registers: () => ReadonlyMap<number, readonly number[]>) {
    this.#registers = registers;
  }

  /** @returns the answers to what these bytes complete */
  hear(bytes: Uint8Array): readonly Uint8Array[] {
    this.#heard = `${this.#heard}${String.fromCharCode(...bytes)}`.slice(-LONGEST_REQUEST);
    const said: Uint8Array[] = [];
    for (let end = this.#heard.indexOf('\n'); end >= 0; end = this.#heard.indexOf('\n')) {
      const line = this.#heard.slice(0, end);
      this.#heard = this.#heard.slice(end + 1);
      said.push(this.#answer(line));
    }
    return said;
  }

  #answer(line: string): Uint8Array {
    const [, digits = ''] = /^:([0-9A-F]+)$/.exec(line) ?? [];
    const bytes = (digits.slice(1).match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
    const sum = bytes.reduce((total, byte) => total + byte, Number.parseInt(digits[0] ?? '0', 16));
    // a message that is damaged, and a command that it does not have
    if (digits.length % 2 === 0 || sum % 256 !== 0x55) return hexMessage(4, [0xaa, 0xaa]);
    if (digits[0] !== '7' || bytes.length !== 4) return hexMessage(3, [Number.parseInt(digits[0] ?? '0', 16)]);
    const [low = 0, high = 0] = bytes;
    const data = this.#registers().get(low + 256 * high);
    return hexMessage(7, data === undefined ? [low, high, 0x01] : [low, high, 0x00, ...data]);
  }
}

/** A text block of these fields with the check byte that makes its sum 0 modulo 256. */
export function textBlock(fields: readonly (readonly [label: string, value: string])[]): Uint8Array {
  const text = `${fields.map(([label, value]) => `\r\n${label}\t${value}`).join('')}\r\nChecksum\t`;
  const bytes = Array.from(text, (character) => character.charCodeAt(0));
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  return Uint8Array.from([...bytes, (256 - (sum % 256)) % 256]);
}

/** A HEX message with its check byte and line feed. @param command 0 to 15 */
export function hexMessage(command: number, data: readonly number[]): Uint8Array {
  const sum = data.reduce((total, byte) => total + byte, command);
  const check = (((0x55 - sum) % 256) + 256) % 256;
  const digits = [...data, check].map((byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join('');
  const text = `:${command.toString(16).toUpperCase()}${digits}\n`;
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
