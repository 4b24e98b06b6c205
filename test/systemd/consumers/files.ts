import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const CONSUMERS = join(import.meta.dirname, '../../../systemd/consumers');

/** A file of `systemd/consumers`, as it is shipped. */
export function shipped(path: string): string {
  return readFileSync(join(CONSUMERS, path), 'utf8');
}

/** A node of the Node-RED flow. */
export interface FlowNode {
  readonly id: string;
  readonly type: string;
  readonly z?: string;
  readonly name: string;
  readonly topic: string;
  readonly broker?: string;
  readonly func: string;
  readonly outputs: number;
  readonly payload: string;
  readonly wires?: readonly (readonly string[])[];
}

export type FlowMessage = Readonly<Record<string, unknown>>;

/** Runs the function of a node as Node-RED does: with a message, and a store that lives as long as its flow. */
export function flowFunction({ func }: FlowNode): (msg: FlowMessage) => unknown {
  const store = new Map<string, unknown>();
  const flow = { get: (key: string) => store.get(key), set: (key: string, value: unknown) => store.set(key, value) };
  const run = new Function('msg', 'flow', func);
  return (msg) => run(msg, flow);
}
