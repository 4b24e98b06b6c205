import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { gatewayId, OVER, type SquadOrder, type SquadTold, STOP } from './words.ts';

/** Agents in one process: enough to need few processes, and few enough that none is busy all the time. */
const SQUAD = 250;

export interface Squads {
  /** The newest word of each process. */
  readonly told: readonly (SquadTold | undefined)[];
  /** Every attempt and every connection so far, milliseconds since 1970. */
  readonly attempts: readonly number[];
  readonly connects: readonly number[];
  readonly gateways: readonly string[];
  readonly processes: number;
  /** Rejects once a process ended that was not stopped. */
  readonly broken: Promise<never>;
  /** Stops all agents in order; late ones are killed. Safe twice. */
  stop(): Promise<void>;
}

const STOP_WITHIN = 15_000;

export function startSquads(agents: number, order: Omit<SquadOrder, 'from' | 'to'>): Squads {
  const count = Math.ceil(agents / SQUAD);
  const bound = (index: number) => Math.round((agents * index) / count);
  const attempts: number[] = [];
  const connects: number[] = [];
  const told: (SquadTold | undefined)[] = Array.from({ length: count }, () => undefined);
  let stopping: Promise<void> | undefined;
  let fail = (_: Error) => {};
  const broken = new Promise<never>((_, reject) => {
    fail = reject;
  });
  broken.catch(() => {});
  const ended: Promise<void>[] = [];
  const children: ChildProcess[] = [];
  for (let index = 0; index < count; index += 1) {
    const child = start({ ...order, from: bound(index), to: bound(index + 1) });
    children.push(child);
    child.on('message', (word: SquadTold | typeof OVER) => {
      if (word === OVER) return;
      told[index] = word;
      for (const at of word.attempts) attempts.push(at);
      for (const at of word.connects) connects.push(at);
    });
    ended.push(
      new Promise((resolve) => {
        const gone = () => {
          if (stopping === undefined) fail(new Error('a process of agents ended by itself'));
          resolve();
        };
        child.once('error', gone);
        child.once('exit', gone);
      }),
    );
  }
  const end = async () => {
    for (const child of children) if (child.connected) child.send(STOP);
    const impatience = setTimeout(() => {
      for (const child of children) child.kill('SIGKILL');
    }, STOP_WITHIN);
    await Promise.all(ended);
    clearTimeout(impatience);
  };
  return {
    ...{ told, attempts, connects, broken, processes: count },
    gateways: Array.from({ length: agents }, (_, number) => gatewayId(number)),
    stop() {
      stopping ??= end();
      return stopping;
    },
  };
}

/** Its channel closes with this process, and then it ends by itself. */
function start(order: SquadOrder): ChildProcess {
  const file = join(import.meta.dirname, `squad-program${import.meta.filename.endsWith('.ts') ? '.ts' : '.js'}`);
  return fork(file, [JSON.stringify(order)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}
