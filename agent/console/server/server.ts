import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Fault } from '../../../drivers/contract/fault.ts';
import type { Clock } from '../../clock/clock.ts';
import type { Supervisor } from '../../clock/supervisor.ts';
import { TokenBucket } from '../../clock/token-bucket.ts';
import type { ConsoleCommands } from '../commands.ts';
import {
  KEEP_ALIVE,
  MOST_BODY_BYTES,
  MOST_CONNECTIONS,
  MOST_HEADER_BYTES,
  REQUEST_RATE,
  REQUEST_TIMEOUT,
  STRANGER_RATE,
} from '../limits.ts';
import { type Answer, errorAnswer, headersOf } from './answer.ts';
import type { Assets } from './assets.ts';
import { readBody } from './body.ts';
import type { Events } from './events.ts';
import { refusal, SECURITY_HEADERS } from './gate.ts';
import { type RoutesOptions, routed } from './routes.ts';
import { PageSession } from './session.ts';

export interface ConsoleServerOptions extends RoutesOptions {
  readonly assets: Assets;
  readonly events: Events;
  readonly commands: Pick<ConsoleCommands, 'ask'>;
  readonly clock: Clock;
  readonly supervisor: Supervisor;
}

const HOST = '127.0.0.1';
const HTML_TYPE = 'text/html; charset=utf-8';
const NO_SESSION =
  'this console belongs to another browser, or its command has ended: start it again and open the address that it prints';
const TOO_FAST = 'too many requests: try again in a second';

/** Opens the page by a link, not by a redirect: after a link from elsewhere a browser keeps a strict cookie back. */
const ENTERED = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Fieldward</title><meta http-equiv="refresh" content="0; url=/"></head>
<body><p><a href="/">Open the console</a></p></body></html>
`;

/** The same for a person who opened the address a second time, or in a second browser. */
const NOT_ENTERED = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Fieldward</title></head>
<body><p>${sentence(NO_SESSION)}</p></body></html>
`;

/** The page and the answers to its requests, on the loopback only. */
export class ConsoleServer {
  readonly #options: ConsoleServerOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #rate = new TokenBucket(REQUEST_RATE);
  readonly #strangers = new TokenBucket(STRANGER_RATE);
  #session: PageSession | undefined;
  #port = 0;

  constructor(options: ConsoleServerOptions) {
    this.#options = options;
    const { supervisor } = options;
    const limits = {
      maxHeaderSize: MOST_HEADER_BYTES,
      headersTimeout: REQUEST_TIMEOUT,
      requestTimeout: REQUEST_TIMEOUT,
      keepAliveTimeout: KEEP_ALIVE,
      connectionsCheckingInterval: 1000,
    };
    this.#server = createServer(limits, (request, response) => {
      void supervisor.errand('console request', () => this.#take(request, response));
    });
    this.#server.maxConnections = MOST_CONNECTIONS;
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    // a request that is none: Node would answer without our headers
    this.#server.on('clientError', (_, socket) => socket.destroy());
  }

  /**
   * @param port 0: one that is free
   * @returns the address that opens the page, once
   * @throws Fault `console/port`
   */
  async open(port: number): Promise<{ readonly url: string; readonly port: number }> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (cause) => reject(new Fault('console/port', undefined, cause)));
      this.#server.listen({ port, host: HOST, exclusive: true }, resolve);
    });
    this.#server.on('error', (thrown) => this.#options.supervisor.failed('console server', thrown));
    const address = this.#server.address();
    this.#port = typeof address === 'object' && address !== null ? address.port : port;
    this.#session = new PageSession(this.#port);
    return { url: `http://${HOST}:${this.#port}/?token=${this.#session.issue()}`, port: this.#port };
  }

  /** Safe twice, and without an opening. */
  async close(): Promise<void> {
    this.#options.events.end();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // a browser that went away is no mistake of ours
    response.on('error', () => undefined);
    let answer: Answer | undefined;
    try {
      answer = await this.#answer(request, response);
    } catch (thrown) {
      this.#options.supervisor.failed('console request', thrown);
      answer = errorAnswer(500, 'the console made a mistake: nothing is known of what was asked');
    }
    if (answer === undefined || response.headersSent) return;
    // nobody reads the rest of a body
    const isOpenEnded = request.method === 'POST' && !request.complete;
    response.writeHead(answer.status, { ...headersOf(answer), ...(isOpenEnded && { connection: 'close' }) });
    response.end(answer.body);
  }

  /** Undefined: it is answered already. */
  async #answer(request: IncomingMessage, response: ServerResponse): Promise<Answer | undefined> {
    const { method = '', url: target = '', headers } = request;
    const { clock } = this.#options;
    const refused = refusal({ method, target, headers }, this.#port);
    const isKnown = this.#session?.admits(headers.cookie) === true;
    // strangers share a small measure, so that they can not take that of the page
    if (!(isKnown ? this.#rate : this.#strangers).take(clock.now())) return errorAnswer(429, TOO_FAST);
    if (refused !== undefined) return errorAnswer(refused.status, refused.error);
    const [path = '', search = ''] = split(target);
    const query = new URLSearchParams(search);
    if (path === '/' && query.has('token')) return this.#enter(query.get('token') ?? '', isKnown, headers.accept);
    if (!isKnown) return path === '/' ? stranger(headers.accept) : errorAnswer(401, NO_SESSION);
    if (method === 'POST') return path === '/api/commands' ? this.#command(request) : noSuchThing();
    if (path === '/api/events') return this.#events(response);
    const asset = this.#options.assets.get(path);
    if (asset !== undefined) return { status: 200, ...asset };
    return routed(path, query, this.#options) ?? noSuchThing();
  }

  #enter(token: string, isKnown: boolean, accept: string | undefined): Answer {
    const cookie = this.#session?.redeem(token);
    if (cookie === undefined && !isKnown) return stranger(accept);
    const headers = cookie === undefined ? undefined : { 'set-cookie': cookie };
    return { status: 200, type: HTML_TYPE, body: ENTERED, headers };
  }

  async #command(request: IncomingMessage): Promise<Answer> {
    const body = await readBody(request, MOST_BODY_BYTES);
    if (body === undefined) return errorAnswer(413, `the request must be UTF-8 of at most ${MOST_BODY_BYTES} bytes`);
    return this.#options.commands.ask(body);
  }

  #events(response: ServerResponse): Answer | undefined {
    const { events } = this.#options;
    if (!events.hasRoom) return errorAnswer(503, 'too many pages are open: close one');
    response.writeHead(200, { ...SECURITY_HEADERS, 'content-type': 'text/event-stream; charset=utf-8' });
    response.once('close', () => events.close(response));
    events.open(response);
    return undefined;
  }
}

/** @param accept of the request: a browser that opens an address asks for HTML first, a program does not */
function stranger(accept = ''): Answer {
  if (!accept.startsWith('text/html')) return errorAnswer(401, NO_SESSION);
  return { status: 401, type: HTML_TYPE, body: NOT_ENTERED };
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function split(target: string): readonly [path: string, search: string] {
  const at = target.indexOf('?');
  return at < 0 ? [target, ''] : [target.slice(0, at), target.slice(at + 1)];
}

function noSuchThing(): Answer {
  return errorAnswer(404, 'there is no such thing here');
}
