import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compileC } from '../../testbed/compile.ts';
import { controlGroup } from './group.ts';

/** How the processor of a small board is simulated. */
export interface Handicap {
  readonly name: string;
  /** The program with its arguments that becomes the agent. */
  readonly through: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Once the agent has ended. */
  remove(): Promise<void>;
}

/** @param folder for the files that it needs @returns undefined where this machine has no means for it */
type HandicapMaker = (folder: string, baud: number) => Promise<Handicap | undefined>;

const PERIOD_US = 100_000;
const TENTH = PERIOD_US / 10;
const EMULATOR = '/usr/bin/qemu-x86_64-static';

/** Into the group before the agent begins: its start is held to it too. */
const ENTER = 'echo $$ > "$0/cgroup.procs" && exec "$@"';

/**
 * qemu's user emulation does not know the ioctl TCGETS2, by which the native library reads a port's speed back. Kernels
 * do; here that one answer is given in its place. All other calls go through the library to the real port.
 */
const speedReadBack = (baud: number) => `const load = process.dlopen;
process.dlopen = (module, ...others) => {
  const loaded = load.call(process, module, ...others);
  if (module.exports.getBaudRate !== undefined) {
    module.exports.getBaudRate = (_, done) => setImmediate(done, null, { baudRate: ${baud} });
  }
  return loaded;
};
`;

/** Of each 100 ms the agent gets 10, whenever it wants them: as CPUQuota=10% of systemd. */
const quota: HandicapMaker = async () => {
  const group = await controlGroup(TENTH, PERIOD_US);
  return group && { name: 'quota', through: ['/bin/sh', '-c', ENTER, group.folder], remove: group.remove };
};

/** The agent is stopped for nine tenths of each 100 ms, whether it has something to do or not. */
const duty: HandicapMaker = async () => {
  const program = await compileC('test/bench/duty.c', []);
  return { name: 'duty', through: [program, String(TENTH), String(PERIOD_US)], remove: async () => {} };
};

/** Each instruction is translated: a processor that is slow throughout, and never stops. */
const emulated: HandicapMaker = async (folder, baud) => {
  if (!existsSync(EMULATOR)) return undefined;
  const shim = join(folder, 'speed.cjs');
  await writeFile(shim, speedReadBack(baud));
  return {
    name: 'qemu',
    through: [EMULATOR],
    env: { NODE_OPTIONS: `--require=${shim}` },
    remove: async () => {},
  };
};

/** From the mildest. */
export const HANDICAPS: readonly HandicapMaker[] = [quota, duty, emulated];
