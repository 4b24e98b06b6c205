import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { AskedCommand, CommandReply, PlantEvent } from '../../../agent/console/wire.ts';

/** The headers that the real server sends with everything. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};
const TYPES = { html: 'text/html; charset=utf-8', js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' };
const PAGE = join(import.meta.dirname, '..', '..', '..', 'agent', 'console', 'page');

export interface Kept {
  readonly at: readonly number[];
  readonly values: readonly (number | null)[];
}

export interface PageWorld {
  readonly whole: () => PlantEvent;
  readonly history: (asked: URLSearchParams) => Kept;
  readonly command: (asked: AskedCommand) => Promise<CommandReply>;
}

type PageFiles = ReadonlyMap<string, { readonly type: string; readonly content: Uint8Array }>;

/** The page and its interface over real HTTP, with a plant that the test makes up. */
export class PageServer {
  readonly #server = createServer((request, response) => this.#answer(request, response));
  readonly #hearers = new Set<ServerResponse>();
  readonly #files: PageFiles;
  readonly #world: PageWorld;
  #forgotten = false;

  private constructor(files: PageFiles, world: PageWorld) {
    this.#files = files;
    this.#world = world;
  }

  static async start(world: PageWorld): Promise<PageServer> {
    bundled ??= pageFiles();
    const made = new PageServer(await bundled, world);
    await new Promise<void>((resolve) => made.#server.listen(0, '127.0.0.1', resolve));
    return made;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** The session is over: nothing is answered any more, as after a new start. */
  forget(): void {
    this.#forgotten = true;
    for (const hearer of this.#hearers) hearer.destroy();
  }

  tell(change: Partial<PlantEvent>): void {
    const event = {
      ...{ at: Date.now(), broker: 'connected', gateways: [], devices: [], values: [], gone: [], leftOut: 0 },
      ...change,
    };
    for (const hearer of this.#hearers) hearer.write(`event: change\ndata: ${JSON.stringify(event)}\n\n`);
  }

  async dispose(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.url);
    const send = (status: number, type: string, content: string | Uint8Array) =>
      response.writeHead(status, { ...HEADERS, 'content-type': type }).end(content);
    const json = (body: unknown) => send(200, 'application/json', JSON.stringify(body));
    if (this.#forgotten) return void send(401, 'application/json', '{"error":"Open the address that was printed."}');
    const file = this.#files.get(pathname);
    if (file !== undefined) return void send(200, file.type, file.content);
    if (pathname === '/api/events') return this.#hear(response);
    if (pathname === '/api/history') return void json({ ...this.#world.history(searchParams), thinned: false });
    if (pathname === '/api/history.csv') return void send(200, 'text/csv', 'time,gateway,device,point,value,unit\r\n');
    if (pathname === '/api/commands' && request.method === 'POST') {
      let body = '';
      for await (const chunk of request) body += chunk;
      return void json(await this.#world.command(JSON.parse(body)));
    }
    send(404, 'application/json', '{"error":"There is no such thing."}');
  }

  #hear(response: ServerResponse): void {
    response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream' });
    response.write(`event: plant\ndata: ${JSON.stringify(this.#world.whole())}\n\n`);
    this.#hearers.add(response);
    response.on('close', () => this.#hearers.delete(response));
  }
}

/** Once for all tests of a file. */
let bundled: Promise<PageFiles> | undefined;

async function pageFiles(): Promise<PageFiles> {
  const { outputFiles } = await build({
    absWorkingDir: PAGE,
    entryPoints: { console: 'main.tsx', style: 'style.css' },
    outdir: '/made',
    write: false,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'warning',
  });
  const made = (name: string) => outputFiles.find(({ path }) => path === `/made/${name}`)?.contents ?? new Uint8Array();
  const own = (name: string) => readFile(join(PAGE, name));
  return new Map([
    ['/', { type: TYPES.html, content: await own('index.html') }],
    ['/icon.svg', { type: TYPES.svg, content: await own('icon.svg') }],
    ['/console.js', { type: TYPES.js, content: made('console.js') }],
    ['/console.css', { type: TYPES.css, content: made('style.css') }],
  ]);
}
