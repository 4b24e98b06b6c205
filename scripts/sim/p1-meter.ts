import { createCipheriv } from 'node:crypto';
import { Plant } from './plant.ts';

/** By which a telegram is encrypted; both keys 16 bytes. */
export interface P1Sealing {
  readonly key: Uint8Array;
  readonly authenticationKey: Uint8Array;
  /** The meter's own name, 8 characters. */
  readonly title: string;
}

const IDENTIFICATION = '/FWD5SIMULATED';
/** A gas meter tells its reading every five minutes (DSMR 5.0.2 P1, 5.2). */
const GAS_EVERY = 300_000;
/** Cubic metres. */
const GAS_AT_FIRST = 4210;
const GAS_PER_HOUR = 0.36;
const TAG_LENGTH = 12;
const HOUR = 3_600_000;

/** A meter of DSMR 5 with three phases and a gas meter behind it. */
export class P1Meter {
  readonly #plant: Plant;
  readonly #startedAt: number;
  #counter = 0;

  /** @param at wall clock, milliseconds since 1970 */
  constructor(at: number) {
    this.#plant = new Plant(7, () => 0, at);
    this.#startedAt = at;
  }

  /** The meter's telegram at this instant; a real one sends it every second. */
  telegram(at: number): Uint8Array {
    this.#plant.advance(at);
    const body = `${[IDENTIFICATION, '', ...this.#lines(at)].join('\r\n')}\r\n!`;
    return Uint8Array.from(Buffer.from(`${body}${crcOf(body)}\r\n`, 'latin1'));
  }

  /** The same, encrypted; each has a new frame counter. */
  sealed(at: number, sealing: P1Sealing): Uint8Array {
    this.#counter += 1;
    return sealTelegram(this.telegram(at), sealing, this.#counter);
  }

  #lines(at: number): readonly string[] {
    const gasAt = Math.floor(at / GAS_EVERY) * GAS_EVERY;
    const gas = GAS_AT_FIRST + (Math.max(0, gasAt - this.#startedAt) / HOUR) * GAS_PER_HOUR;
    const phases = [1, 2, 3] as const;
    const of = (name: string, phase: number) => this.#plant.value(`${name}-l${phase}`);
    const [energy, power] = [this.#plant.value('energy-import-total'), this.#plant.value('power-active-total')];
    return [
      '1-3:0.2.8(50)',
      `0-0:1.0.0(${timeOf(at)})`,
      '0-0:96.1.1(4657443030303031)',
      `1-0:1.8.1(${fixed(energy, 10, 3)}*kWh)`,
      `1-0:1.8.2(${fixed(210.5, 10, 3)}*kWh)`,
      `1-0:2.8.1(${fixed(0, 10, 3)}*kWh)`,
      `1-0:2.8.2(${fixed(0, 10, 3)}*kWh)`,
      '0-0:96.14.0(0001)',
      `1-0:1.7.0(${fixed(power / 1000, 6, 3)}*kW)`,
      `1-0:2.7.0(${fixed(0, 6, 3)}*kW)`,
      '0-0:96.7.21(00004)',
      '0-0:96.7.9(00001)',
      '1-0:99.97.0(1)(0-0:96.7.19)(240308152415W)(0000000240*s)',
      ...phases.map((phase) => `1-0:${phase * 20 + 12}.32.0(00001)`),
      ...phases.map((phase) => `1-0:${phase * 20 + 12}.36.0(00000)`),
      '0-0:96.13.0()',
      ...phases.map((phase) => `1-0:${phase * 20 + 12}.7.0(${fixed(of('voltage', phase), 5, 1)}*V)`),
      ...phases.map((phase) => `1-0:${phase * 20 + 11}.7.0(${fixed(of('current', phase), 3, 0)}*A)`),
      ...phases.map((phase) => `1-0:${phase * 20 + 1}.7.0(${fixed(of('power-active', phase) / 1000, 6, 3)}*kW)`),
      ...phases.map((phase) => `1-0:${phase * 20 + 2}.7.0(${fixed(0, 6, 3)}*kW)`),
      '0-1:24.1.0(003)',
      '0-1:96.1.0(4657473030303031)',
      `0-1:24.2.1(${timeOf(gasAt)})(${fixed(gas, 9, 3)}*m3)`,
    ];
  }
}

/** General-glo-ciphering with AES-128-GCM, authenticated and encrypted (IEC 62056-5-3). @param counter of 32 bits */
export function sealTelegram(plain: Uint8Array, sealing: P1Sealing, counter: number): Uint8Array {
  const title = Buffer.from(sealing.title, 'latin1');
  const count = Buffer.alloc(4);
  count.writeUInt32BE(counter);
  const cipher = createCipheriv('aes-128-gcm', sealing.key, Buffer.concat([title, count]), {
    authTagLength: TAG_LENGTH,
  });
  const security = Buffer.of(0x30);
  cipher.setAAD(Buffer.concat([security, sealing.authenticationKey]));
  const text = Buffer.concat([cipher.update(plain), cipher.final()]);
  const length = security.length + count.length + text.length + TAG_LENGTH;
  const head = Buffer.of(0xdb, title.length, ...title, 0x82, length >> 8, length & 0xff);
  return Uint8Array.from(Buffer.concat([head, security, count, text, cipher.getAuthTag()]));
}

/** CRC-16/ARC bit by bit, so that the simulator and the driver can't share a mistake. */
function crcOf(body: string): string {
  let crc = 0;
  for (const byte of Buffer.from(body, 'latin1')) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  }
  return crc.toString(16).toUpperCase().padStart(4, '0');
}

function fixed(value: number, width: number, decimals: number): string {
  return value.toFixed(decimals).padStart(width, '0');
}

/** YYMMDDhhmmssX in central European time, summer by the rule of the European Union. */
function timeOf(at: number): string {
  const isSummer = at >= changeOver(at, 2) && at < changeOver(at, 9);
  const local = new Date(at + (isSummer ? 2 : 1) * HOUR).toISOString();
  return `${local.slice(2, 19).replace(/\D/g, '')}${isSummer ? 'S' : 'W'}`;
}

/** The last Sunday of a month with 31 or 30 days, 01:00 UTC. @param month from 0 */
function changeOver(at: number, month: number): number {
  const last = new Date(Date.UTC(new Date(at).getUTCFullYear(), month + 1, 0, 1));
  return last.getTime() - last.getUTCDay() * 24 * HOUR;
}
