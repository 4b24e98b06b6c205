import type { IClientPublishOptions } from 'mqtt';
import { signRequest } from '../../agent/command/signature/sign.ts';

/** One message of the fuzz. */
export interface Shot {
  readonly topic: string;
  readonly payload: Buffer;
  readonly options: IClientPublishOptions;
  /** A valid, signed request: it is to be carried out, once. */
  readonly signedWrite?: number;
}

export interface HostileSetup {
  readonly root: string;
  readonly device: string;
  /** A holding register that may be written, from 0 to 65535. */
  readonly point: string;
  /** A point that is only written by select and operate. */
  readonly guarded: string;
  readonly keyId: string;
  readonly privateKey: string;
  /** Of a key that the gateway does not know. */
  readonly foreignKey: string;
}

/** Numbers in the literals are smaller, so that each larger one has been asked for once. */
const LEAST = 1000;

type Random = () => number;

/** In texts of the fuzz that nobody may ever show: not in a reply, a status or a log line. Never in an id, which is answered. */
export const MARK = 'zq9marker';

const LITERALS = [
  ...['null', 'true', '0', '-0', '1e400', '-1e400', '1e-400', '9007199254740993', '18446744073709551616', '4.9e-324'],
  ...['""', `"${MARK}"`, '"\\ud800"', '"\\udfff\\ud800"', '"\\u0000"', '[]', '{}', '[[[[]]]]', '{"a":{"b":{"c":{}}}}'],
  ...['{"__proto__":{"writable":true}}', '{"constructor":{"prototype":{"x":1}}}', '{"toString":1}', '01', 'NaN', '+1'],
  ...['"2026-13-45T99:99:99Z"', '"9999-12-31T23:59:59.999Z"', '"-271821-04-20T00:00:00Z"', '"０"', '"\u202e\u0301e"'],
  ...['65536', '-1', '0.5', '65535.0000000001', '"65535"', '[1]', '{"value":1}', '"𝟙"', "'1'", 'undefined', '1,', '}'],
];
const KEYS = ['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString', '', MARK, '\u0000', '\ud83d', 'é'];

/** An endless row of hostile messages. Values that are asked for are never the same twice. */
export class HostileRequests {
  readonly #setup: HostileSetup;
  readonly #random: Random;
  readonly #shots: Shot[] = [];
  #made = 0;
  #value: number = LEAST;

  constructor(setup: HostileSetup, random: Random) {
    this.#setup = setup;
    this.#random = random;
  }

  async next(): Promise<Shot> {
    const shot = await this.#make();
    // To be sent again later, as it is or a little changed.
    if (this.#shots.length < 500) this.#shots.push(shot);
    else this.#shots[this.#below(500)] = shot;
    return shot;
  }

  async #make(): Promise<Shot> {
    this.#made += 1;
    // The canaries: valid requests are still carried out between all the others.
    if (this.#made % 400 === 1) return this.#signed();
    const kind = this.#below(100);
    const topic = this.#writeTopic;
    if (kind < 22) return this.#shot(topic, this.#envelope());
    if (kind < 40)
      return this.#shot(topic, this.#mutated(Buffer.from(this.#request({ inTime: this.#below(10) === 0 }))));
    if (kind < 48) return this.#shot(this.#topic(), this.#bytes());
    if (kind < 52) return this.#shot(topic, this.#nested());
    if (kind < 66) return this.#shot(this.#topic(), this.#request({ inTime: true }));
    if (kind < 74) return this.#almostSigned();
    if (kind < 80) return this.#shot(this.#topic(), this.#envelope());
    if (kind < 84) return { ...this.#shot(topic, this.#request({ inTime: true })), options: { qos: 1, retain: true } };
    if (kind < 92) return this.#again();
    if (kind < 97) return this.#answeredElsewhere();
    return this.#shot(
      `${this.#setup.root}/${this.#setup.device}/command/${this.#pick(['select', 'operate'])}`,
      this.#select(),
    );
  }

  get #writeTopic(): string {
    return `${this.#setup.root}/${this.#setup.device}/command/write`;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#below(from.length)] as T;
  }

  #shot(topic: string, payload: Buffer | string): Shot {
    return { topic, payload: Buffer.from(payload), options: { qos: this.#below(4) === 0 ? 0 : 1 } };
  }

  #id(): string {
    return `f${this.#made}-${this.#below(1e9)}`;
  }

  /** Valid but for this: it has expired, or it would for too long not. In time, it is for a place where it is not taken. */
  #request({ args, inTime = false }: { readonly args?: string; readonly inTime?: boolean } = {}): string {
    this.#value = this.#value < 65_000 ? this.#value + 1 : LEAST;
    const off = inTime ? 20_000 : this.#pick([-1000, -1, 86_400_000, 40_000]);
    const expiresAt = new Date(Date.now() + off).toISOString();
    return `{"id":"${this.#id()}","expiresAt":"${expiresAt}","args":${args ?? `{"${this.#setup.point}":${this.#value}}`}}`;
  }

  /** In time, and something else is wrong with it. */
  #envelope(): string {
    const { point, guarded } = this.#setup;
    const literal = () => this.#pick(LITERALS);
    const id = `"id":"${this.#id()}"`;
    const expiresAt = `"expiresAt":"${new Date(Date.now() + 20_000).toISOString()}"`;
    const key = () => JSON.stringify(this.#pick(KEYS));
    const many = () => Array.from({ length: 60 + this.#below(300) }, (_, n) => `"${point}${n}":1`).join(',');
    return this.#pick([
      () => literal(),
      () => `{${id},${expiresAt},"args":${literal()}}`,
      () => `{${id},"expiresAt":${literal()},"args":{"${point}":1}}`,
      () => `{"id":${literal().replaceAll(MARK, 'id')},${expiresAt},"args":{"${point}":1}}`,
      () => `{${id},${expiresAt},"args":{"${point}":1},${key()}:${literal()}}`,
      () => `{${id},${expiresAt},"args":{${key()}:${literal()}}}`,
      () => `{${id},${expiresAt},"args":{"${point}":1,${key()}:${literal()}}}`,
      () =>
        `{${id},${expiresAt},"args":{"${point}":${this.#pick(['null', '65536', '-1', '0.5', '"1"', '[1]', '1e400'])}}}`,
      () => `{${id},${expiresAt},"args":{"${point}":1,"${point}":2}}`,
      () => `{${id},${expiresAt},"args":{"${guarded}":true}}`,
      () => `{${id},${expiresAt},"args":{${many()}}}`,
      () => `{${id},${id},${expiresAt},"args":{"${point}":1}}`,
      () => `\ufeff{${id},${expiresAt},"args":{"${point}":1}}`,
      () => `{${id},${expiresAt},"args":{"${point}":1}}${literal()}`,
      () => `{${id},${expiresAt},"args":{"${point}":"${MARK.repeat(1 + this.#below(9000))}"}}`,
    ])();
  }

  #mutated(bytes: Buffer): Buffer {
    let changed = Buffer.from(bytes);
    for (let count = 1 + this.#below(4); count > 0; count -= 1) {
      const at = this.#below(changed.length + 1);
      const end = at + this.#below(20);
      const byte = Buffer.from([this.#below(256)]);
      const [before, after] = [changed.subarray(0, at), changed.subarray(at)];
      switch (this.#below(5)) {
        case 0:
          changed = Buffer.concat([before, byte, after.subarray(1)]);
          break;
        case 1:
          changed = Buffer.concat([before, byte, after]);
          break;
        case 2:
          changed = Buffer.concat([before, changed.subarray(end)]);
          break;
        case 3:
          changed = Buffer.concat([before, changed.subarray(at, end), after]);
          break;
        default:
          changed = Buffer.from(before);
      }
    }
    return changed;
  }

  /** Now and then beyond what a 16-bit length counts. */
  #bytes(): Buffer {
    const most = this.#below(40) === 0 ? 100_000 : this.#pick([4, 100, 2000, 16_385, 24_000]);
    const start = this.#pick(['', 'e', '{', 'eyJhbGciOiJFZERTQSJ9.', '"']);
    const filled = this.#below(2) === 0;
    const length = this.#below(most);
    const body = filled
      ? Buffer.alloc(length, this.#pick(['a', '[', '{"a":', '\xff', '.', '0']), 'latin1')
      : Buffer.from(Array.from({ length: Math.min(length, 2000) }, () => this.#below(256)));
    return Buffer.concat([Buffer.from(start), body]);
  }

  #nested(): string {
    const depth = this.#pick([7, 8, 9, 60, 2000, 3000]);
    const [open, close] = this.#pick([
      ['[', ']'],
      ['{"a":', '}'],
    ]);
    return this.#request({ args: open.repeat(depth) + (open === '[' ? '' : '1') + close.repeat(depth), inTime: true });
  }

  #topic(): string {
    const { root, device } = this.#setup;
    const odd = [
      '%2B',
      '＋',
      '*',
      '$share',
      '..',
      '.',
      ' ',
      MARK,
      '\u{1f600}',
      'x'.repeat(64),
      'x'.repeat(65),
      '__proto__',
    ];
    const level = () => this.#pick(odd);
    return this.#pick([
      () => `${root}/${device}/command/${level()}`,
      () => `${root}/${level()}/command/write`,
      () => `${root}/command/${level()}`,
      () =>
        `${root}/${device}/command/${this.#pick(['constructor', 'hasOwnProperty', 'WRITE', 'write ', 'restart', 'ping'])}`,
      () => `${root}/command/${this.#pick(['write', 'restart', 'pause', 'loglevel', 'reopen', 'toString'])}`,
      () => `${root}/${this.#pick(['command', 'status', 'reply', 'availability'])}/command/write`,
      () => `${root}/${device}/command/write/reply`,
      () => `${root}/${device}/command/write/${level()}/${'a/'.repeat(this.#below(60))}b`,
      () => `${root}//command/write`,
      () => `${root}/${device}/command/`,
      () => `${root}2/${device}/command/write`,
      () => `${root}/${device}/pause`,
      () => `${root}/${device}/command/${this.#pick(['pause', 'resume'])}`,
    ])();
  }

  /** The same once more; the same id for something else; the same under another name. */
  #again(): Shot {
    const earlier = this.#shots[this.#below(this.#shots.length)] ?? this.#shot(this.#writeTopic, '');
    const { payload, topic } = earlier;
    return this.#pick([
      () => ({ topic, payload, options: { qos: 1, dup: true } as const }),
      () => ({ topic, payload, options: { qos: 0 } as const }),
      () => this.#shot(`${this.#setup.root}/command/write`, payload),
      () => this.#shot(`${this.#setup.root}/other/command/write`, payload),
      () => this.#shot(topic, this.#mutated(payload)),
    ])();
  }

  #answeredElsewhere(): Shot {
    const { root, device } = this.#setup;
    const responseTopic = this.#pick([
      'elsewhere/a',
      'fieldward/other/command/restart',
      `${root}/${device}/command/write`,
      `${root}/status`,
      `${root}/availability`,
      `${root}/reply`,
      `${root}/reply/`,
      `${root}/reply/me`,
      `${root}/reply/../status`,
      `${root}/reply/${'x'.repeat(1 + this.#below(400))}`,
      `${root}/reply/${'x/'.repeat(1 + this.#below(200))}x`,
    ]);
    const correlationData = Buffer.alloc(this.#pick([0, 1, 256, 257, 4000, 60_000]), this.#below(256));
    const properties = { responseTopic, correlationData, userProperties: { user: MARK } };
    return { ...this.#shot(this.#topic(), this.#request({ inTime: true })), options: { qos: 1, properties } };
  }

  #select(): string {
    const { guarded, point } = this.#setup;
    const values = this.#pick([`{"${guarded}":1}`, `{"${point}":-1}`, '{}', '[]', `{"__proto__":1}`]);
    const token = this.#pick(['""', '"AAAA"', '1', 'null', `"${'A'.repeat(300)}"`]);
    const expiresAt = new Date(Date.now() + 20_000).toISOString();
    const args = this.#pick([values, `{"token":${token},"values":{"${guarded}":true}}`, `{"token":${token}}`]);
    return `{"id":"${this.#id()}","expiresAt":"${expiresAt}","args":${args}}`;
  }

  #claims(validMs: number) {
    this.#value = this.#value < 65_000 ? this.#value + 1 : LEAST;
    const { device, point, root } = this.#setup;
    const gateway = root.split('/').at(-1) ?? '';
    const expiresAt = new Date(Date.now() + validMs).toISOString();
    return { gateway, device, command: 'write', id: `s-${this.#made}`, expiresAt, args: { [point]: this.#value } };
  }

  async #signed(): Promise<Shot> {
    const claims = this.#claims(25_000);
    const payload = await signRequest(this.#setup.privateKey, this.#setup.keyId, claims);
    const [topic, signedWrite] = [this.#writeTopic, this.#value];
    return { topic, payload: Buffer.from(payload), options: { qos: 1 }, signedWrite };
  }

  async #almostSigned(): Promise<Shot> {
    const { privateKey, foreignKey, keyId, root } = this.#setup;
    const claims = this.#claims(20_000);
    const good = () => signRequest(privateKey, keyId, claims);
    const headed = (header: object, signed: string) => {
      const [, content, signature] = signed.split('.');
      return `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${content}.${signature}`;
    };
    const typ = 'fieldward-command+jws';
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) };
    const payload = await this.#pick([
      async () => signRequest(foreignKey, keyId, claims),
      async () => signRequest(privateKey, 'nobody', claims),
      async () => signRequest(privateKey, keyId, { ...claims, gateway: 'other' }),
      async () => signRequest(privateKey, keyId, { ...claims, device: 'other' }),
      async () => signRequest(privateKey, keyId, { ...claims, device: undefined }),
      async () => signRequest(privateKey, keyId, { ...claims, command: 'read' }),
      async () => signRequest(privateKey, keyId, { ...claims, expiresAt: new Date(Date.now() - 1).toISOString() }),
      async () => headed({ alg: 'none', kid: keyId, typ }, await good()),
      async () => headed({ alg: 'HS256', kid: keyId, typ }, await good()),
      async () => headed({ alg: 'EdDSA', kid: keyId, typ, crit: ['x'], x: 1 }, await good()),
      async () => headed({ alg: 'EdDSA', kid: keyId, typ, jwk }, await good()),
      async () => headed({ alg: 'EdDSA', kid: { a: 1 }, typ }, await good()),
      async () => (await good()).slice(0, this.#below(300)),
      async () => `${await good()}=`,
      async () => `${await good()}.${await good()}`,
      async () => (await good()).replace('.', `${'.'.repeat(1 + this.#below(4))}`).replace(/.$/, '-'),
      async () => `e${'.'.repeat(this.#below(22_000))}`,
      async () => {
        const [header, content, signature = ''] = (await good()).split('.');
        return `${header}.${content}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
      },
    ])();
    return this.#shot(this.#below(10) === 0 ? `${root}/command/restart` : this.#writeTopic, payload);
  }
}

/** By how many of its readings a message may write this value: read generously, so that it errs to the harmless side. */
export function mayWrite(shot: Shot, setup: HostileSetup, from: number): { id: string; value: number } | undefined {
  if (shot.signedWrite !== undefined) return { id: 'signed', value: shot.signedWrite };
  if (shot.options.retain === true || shot.topic !== `${setup.root}/${setup.device}/command/write`) return undefined;
  try {
    const { id, expiresAt, args } = JSON.parse(shot.payload.toString());
    const inTime = Date.parse(expiresAt) > from && Date.parse(expiresAt) <= Date.now() + 30_000;
    const names = Object.keys(args);
    const value = args[setup.point];
    if (typeof id !== 'string' || !inTime || names.join() !== setup.point) return undefined;
    return Number.isInteger(value) && value >= 0 && value <= 65_535 ? { id, value } : undefined;
  } catch {
    return undefined;
  }
}
