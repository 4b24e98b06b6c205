import { readFile } from 'node:fs/promises';

/** State of an established connection in the kernel's table (proc(5), `tcp_states.h`). */
const ESTABLISHED = '01';
const LINE = /^\s*\d+: [0-9A-F]{8}:([0-9A-F]{4}) [0-9A-F]{8}:[0-9A-F]{4} ([0-9A-F]{2}) /;

/**
 * @param table `/proc/net/tcp`: each connection of the loopback stands there from both sides
 * @returns for each port, how many connections are established on the side of its listener
 */
export function connectionsTo(ports: readonly number[], table: string): readonly number[] {
  const counts = new Map(ports.map((port) => [port, 0]));
  for (const line of table.split('\n')) {
    const [, port = '', state] = LINE.exec(line) ?? [];
    const count = counts.get(Number.parseInt(port, 16));
    if (state === ESTABLISHED && count !== undefined) counts.set(Number.parseInt(port, 16), count + 1);
  }
  return ports.map((port) => counts.get(port) ?? 0);
}

/** As the kernel sees it now. */
export async function connectionsNow(ports: readonly number[]): Promise<readonly number[]> {
  return connectionsTo(ports, await readFile('/proc/net/tcp', 'latin1'));
}
