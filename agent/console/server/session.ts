import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Far more than anybody guesses. */
const SECRET_BYTES = 32;
const SECRET = /^[A-Za-z0-9_-]{43}$/;

/**
 * The one user of the console: the browser that came first with the token. The token is void from then on, and the
 * secret of the session is known to that browser alone. Only digests are kept.
 */
export class PageSession {
  readonly #cookie: string;
  #token: Buffer | undefined;
  #secret: Buffer | undefined;

  /** @param port ports do not part cookies, so the name does */
  constructor(port: number) {
    this.#cookie = `fieldward-${port}`;
  }

  /** A new token, which takes the place of one that nobody has used. */
  issue(): string {
    const token = secret();
    this.#token = digest(token);
    return token;
  }

  /** @returns the `Set-Cookie` of the session that begins, or undefined for a token that is wrong or used */
  redeem(token: string): string | undefined {
    if (!isIt(token, this.#token)) return undefined;
    this.#token = undefined;
    const session = secret();
    this.#secret = digest(session);
    return `${this.#cookie}=${session}; Path=/; HttpOnly; SameSite=Strict`;
  }

  /** @param header the request's `Cookie` */
  admits(header: string | undefined): boolean {
    for (const pair of (header ?? '').split(';')) {
      const [name, value = ''] = pair.trim().split('=');
      if (name === this.#cookie && isIt(value, this.#secret)) return true;
    }
    return false;
  }
}

function secret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function isIt(text: string, expected: Buffer | undefined): boolean {
  return expected !== undefined && SECRET.test(text) && timingSafeEqual(digest(text), expected);
}
