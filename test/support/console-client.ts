import { type IncomingHttpHeaders, request } from 'node:http';
import type { PlantEvent, ShownDevice, ShownGateway, ShownValues } from '../../agent/console/wire.ts';

export interface ConsoleAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A browser that opened the console's address, without a screen. */
export class ConsoleClient {
  readonly gateways = new Map<string, ShownGateway>();
  readonly devices = new Map<string, ShownDevice>();
  readonly values = new Map<string, Record<string, unknown>>();
  readonly qualities = new Map<string, ShownValues['quality']>();
  broker: PlantEvent['broker'] | undefined;
  events = 0;
  /** Everything that came, for tests that look for texts that must not come. */
  text = '';
  readonly #origin: string;
  #cookie = '';

  private constructor(origin: string) {
    this.#origin = origin;
  }

  /** @param url with the token, as the command printed it */
  static async open(url: string): Promise<ConsoleClient> {
    const { origin, pathname, search } = new URL(url);
    const client = new ConsoleClient(origin);
    const { status, headers } = await client.get(`${pathname}${search}`);
    if (status !== 200) throw new Error(`the console answered ${status}`);
    client.#cookie = headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    return client;
  }

  get(path: string): Promise<ConsoleAnswer> {
    return this.#ask(path, { 'sec-fetch-site': 'same-origin' });
  }

  async command(asked: object) {
    const headers = { origin: this.#origin, 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' };
    const { status, body } = await this.#ask('/api/commands', headers, JSON.stringify(asked));
    return { status, ...JSON.parse(body) };
  }

  /** Hears events until the console ends. @returns ends it sooner */
  listen(keepText = true): () => void {
    let rest = '';
    const asking = request(`${this.#origin}/api/events`, { headers: { cookie: this.#cookie } }, (answer) => {
      answer.setEncoding('utf8').on('error', () => undefined);
      answer.on('data', (part: string) => {
        if (keepText) this.text += part;
        const blocks = `${rest}${part}`.split('\n\n');
        rest = blocks.pop() ?? '';
        for (const block of blocks) this.#take(block);
      });
    });
    asking.on('error', () => undefined).end();
    return () => asking.destroy();
  }

  #take(block: string): void {
    const data = /^data: (.*)$/m.exec(block)?.[1];
    if (data === undefined) return;
    const event = JSON.parse(data) as PlantEvent;
    this.events += 1;
    this.broker = event.broker;
    for (const gone of event.gone) for (const map of [this.gateways, this.devices, this.values]) map.delete(gone);
    for (const gateway of event.gateways) this.gateways.set(gateway.id, gateway);
    for (const device of event.devices) this.devices.set(`${device.gateway}/${device.id}`, device);
    for (const { gateway, device, values, quality } of event.values) {
      const key = `${gateway}/${device}`;
      this.values.set(key, { ...this.values.get(key), ...values });
      this.qualities.set(key, quality);
    }
  }

  #ask(path: string, headers: Readonly<Record<string, string>>, body?: string): Promise<ConsoleAnswer> {
    return new Promise((resolve, reject) => {
      const method = body === undefined ? 'GET' : 'POST';
      const asking = request(
        `${this.#origin}${path}`,
        { method, headers: { ...headers, cookie: this.#cookie } },
        (answer) => {
          let text = '';
          answer.setEncoding('utf8').on('error', reject);
          answer.on('data', (part: string) => {
            text += part;
          });
          answer.on('end', () => {
            this.text += text;
            resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text });
          });
        },
      );
      asking.on('error', reject);
      asking.end(body);
    });
  }
}
