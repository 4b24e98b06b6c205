import { SECURITY_HEADERS } from './gate.ts';

/** The answer to a request. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

const JSON_TYPE = 'application/json; charset=utf-8';

export function jsonAnswer(status: number, value: unknown): Answer {
  return { status, type: JSON_TYPE, body: JSON.stringify(value) };
}

/** @param error the fault of the request and its remedy; it repeats nothing of it */
export function errorAnswer(status: number, error: string): Answer {
  return jsonAnswer(status, { error });
}

export function headersOf({ type, body, headers }: Answer): Readonly<Record<string, string | number>> {
  return { ...SECURITY_HEADERS, 'content-type': type, 'content-length': Buffer.byteLength(body), ...headers };
}
