import type { IncomingMessage } from 'node:http';

/** The body as text; undefined where it is longer, is no UTF-8, or does not come to its end. */
export async function readBody(request: IncomingMessage, mostBytes: number): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const part of request) {
      length += part.length;
      if (length > mostBytes) return undefined;
      parts.push(part);
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts));
  } catch {
    return undefined;
  }
}
