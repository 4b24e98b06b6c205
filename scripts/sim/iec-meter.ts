/** The questions to a simulated meter, and its answers (IEC 62056-21). */
export interface IecMeterModel {
  /** Mode by its character: a digit for C, `A` to `F` for B, any other for A. */
  readonly character: string;
  /** The maker's three letters. */
  readonly maker?: string;
  /** It answers only to this, or to none. */
  readonly address?: string;
  /** Lines of the readout, without line ends. */
  readonly lines: () => readonly string[];
}

/** The bytes that the meter sends, and the speed that it has from then on. */
export interface Said {
  readonly bytes: Uint8Array;
  readonly character: string;
}

/** More than any request has. */
const LONGEST_REQUEST = 64;

/** A meter that waits to be asked: it hears requests and says what it answers. It knows no time. */
export class IecMeter {
  readonly #model: IecMeterModel;
  #heard = '';
  #isIdentified = false;

  constructor(model: IecMeterModel) {
    this.#model = model;
  }

  /** @returns the answers to what these bytes complete; the speed's character counts from that answer on */
  hear(bytes: Uint8Array): readonly Said[] {
    this.#heard = `${this.#heard}${String.fromCharCode(...bytes)}`.replace(/\0/g, '').slice(-LONGEST_REQUEST);
    const said: Said[] = [];
    for (let end = this.#heard.indexOf('\r\n'); end >= 0; end = this.#heard.indexOf('\r\n')) {
      const line = this.#heard.slice(0, end);
      this.#heard = this.#heard.slice(end + 2);
      said.push(...this.#answer(line));
    }
    return said;
  }

  #answer(line: string): readonly Said[] {
    const { character, maker = 'SIM', address, lines } = this.#model;
    const [, asked] = /\/\?([0-9A-Za-z ]*)!$/.exec(line) ?? [];
    if (asked !== undefined) {
      if (asked !== '' && asked !== address) return [];
      this.#isIdentified = /[0-9]/.test(character);
      const identification: Said = { bytes: ascii(`/${maker}${character}FW-SIM 1.0\r\n`), character: '0' };
      return this.#isIdentified ? [identification] : [identification, { bytes: iecBlock(lines()), character }];
    }
    const [, speed] = /^\x06[01]([0-9])0$/.exec(line) ?? [];
    if (speed === undefined || !this.#isIdentified) return [];
    this.#isIdentified = false;
    return [{ bytes: iecBlock(lines()), character: speed }];
  }
}

/** STX, the lines, `!`, ETX and the block check character. */
export function iecBlock(lines: readonly string[]): Uint8Array {
  const body = ascii(`${lines.map((line) => `${line}\r\n`).join('')}!\r\n\x03`);
  const check = body.reduce((sum, byte) => sum ^ byte, 0);
  return Uint8Array.of(0x02, ...body, check);
}

/** The lines of an electricity meter. @param at milliseconds of any clock */
export function electricityLines(at: number): readonly string[] {
  const kwh = (1234.5 + at / 3_600_000).toFixed(3).padStart(10, '0');
  return [
    'F.F(00000000)',
    '0.0.0(00001234)',
    `1.8.0(${kwh}*kWh)`,
    '1.8.0*01(0001200.000*kWh)',
    '2.8.0(000000.000*kWh)',
    '1.6.0(00.734*kW)(2611151015)',
    '32.7.0(230.1*V)',
    'C.1(SIM00001234)',
  ];
}

function pushedLines(at: number): readonly string[] {
  const kwh = (32942 + at / 3_600_000).toFixed(4).padStart(11, '0');
  return ['1-0:0.0.0*255(SIM-0001234)', `1-0:1.8.1*255(${kwh})`, '1-0:96.5.5*255(80)'];
}

/** A telegram of a meter of mode D. @param at milliseconds of any clock @param lines without line ends */
export function pushedTelegram(at: number, lines = pushedLines(at)): Uint8Array {
  return ascii(`/SIM5SIM-METER\r\n\r\n${lines.join('\r\n')}\r\n!\r\n`);
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
