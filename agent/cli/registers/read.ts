import { milliseconds } from '../../../drivers/contract/duration.ts';
import { FAULTS } from '../../../drivers/contract/faults.ts';
import { SystemClock } from '../../clock/system-clock.ts';
import { readArguments, wrongArguments } from '../arguments.ts';
import { durationFlag } from '../duration-flag.ts';
import { type CliProcess, EXIT, type ExitCode } from '../io.ts';
import { openScanBus, type ScanBus } from '../ports/scan-bus.ts';
import { type BlockReading, type RegisterTarget, readRegisters } from './register-device.ts';
import { blockJson, blockText, type RegisterView } from './register-table.ts';
import { LONGEST_RUN, ordersOf, portFailed, TARGET_FLAGS, targetOf } from './register-target.ts';
import { blockOf, MOST_REGISTERS, NUMBERS, type RegisterBlock, typesOf } from './register-words.ts';

const HELP = `Usage: fieldward read PATH|HOST:PORT UNIT REGISTER… [--type T,…] [--guess] [--watch TIME] [--word-order big|little]
                     [--byte-order big|little] [--driver D] [--timeout-ms N] [--baud N] [--data-bits 7|8]
                     [--parity none|even|odd] [--stop-bits 1|2] [--json]

Reads registers of a Modbus device, without a config. REGISTER is holding:0..9, input:30, coil:0..15 or discrete:5, with
zero-based addresses. D is modbus-rtu (of a path), modbus-tcp (of a server) or modbus-ascii. The agent must not hold the
same port meanwhile. A path is taken for 9600 8N1 unless the flags say otherwise.

  --type T,…    how registers are shown, several side by side (default uint16,int16):
                ${NUMBERS.slice(0, 9).join(', ')},
                ${NUMBERS.slice(9).join(', ')}
  --guess       each block as every type in every order, one value after the other
  --watch TIME  again and again, so long after each other: 500ms, 5s …
  --json        one object a block: {"at":…,"unit":1,"register":"holding","address":0,"count":2,"registers":"43 66 …",
                "values":{"float32":[230.1]}}, or with "fault":{"code":…,"message":…}

Example: fieldward read /dev/ttyUSB0 1 holding:0..9 --type float32 --baud 9600

Exit code: 0 all was read, 64 wrong usage, 69 nobody answered, 70 the port can not be used, 74 the device refused.`;

const FLAGS = { ...TARGET_FLAGS, guess: { type: 'boolean' }, watch: { type: 'string' } } as const;
const MOST_BLOCKS = 64;
const LONGEST_WATCH = 24 * 3_600_000;

interface Reading {
  readonly target: RegisterTarget;
  readonly blocks: readonly RegisterBlock[];
  readonly view: RegisterView;
  /** Milliseconds; undefined: once. */
  readonly watch: number | undefined;
  readonly json: boolean;
}

/** `fieldward read`. */
export async function read(args: readonly string[], io: CliProcess): Promise<ExitCode> {
  const parsed = readArguments(args, io, { options: FLAGS, words: 2 + MOST_BLOCKS, help: HELP });
  if (parsed.done) return parsed.code;
  const [where = '', unit = '', ...words] = parsed.words;
  const { flags } = parsed;
  if (words.length === 0)
    return wrongArguments(io, 'a port or server, a unit and at least one REGISTER are needed', HELP);
  const blocks = words.flatMap((word) => blockOf(word) ?? []);
  if (blocks.length < words.length || blocks.reduce((sum, { count }) => sum + count, 0) > MOST_REGISTERS) {
    return wrongArguments(io, `REGISTER is as holding:0..9, and all together at most ${MOST_REGISTERS}`, HELP);
  }
  const types = typesOf(flags.type ?? 'uint16,int16');
  if (types === undefined) return wrongArguments(io, `--type is of ${NUMBERS.join(', ')}`, HELP);
  const orders = ordersOf(flags);
  if (orders === undefined) return wrongArguments(io, '--word-order and --byte-order are big or little', HELP);
  const watch = durationFlag(flags.watch, 10, LONGEST_WATCH);
  if (flags.watch !== undefined && watch === undefined) return wrongArguments(io, '--watch is as 500ms or 5s', HELP);
  const target = targetOf(where, unit, flags, io, HELP);
  if (typeof target === 'number') return target;
  const view = { types, orders, guess: flags.guess === true };
  return readAll({ target, blocks, view, watch, json: flags.json === true }, io);
}

async function readAll({ target, blocks, view, watch, json }: Reading, io: CliProcess): Promise<ExitCode> {
  const clock = new SystemClock();
  const signal = io.stopping;
  let line: ScanBus | undefined;
  try {
    line = await openScanBus({ port: target.port, clock, signal, maxRunMs: LONGEST_RUN, heard: () => undefined });
    for (;;) {
      let worst: ExitCode = EXIT.ok;
      for (const block of blocks) {
        const came = await readRegisters(line, target, block, clock, signal);
        const code = show(came, { at: clock.wall(), unit: target.unit, view, json }, io);
        if (code !== EXIT.ok && worst !== EXIT.failed) worst = code;
      }
      if (watch === undefined) return worst;
      await clock.sleep(milliseconds(watch), signal);
    }
  } catch (thrown) {
    return signal.aborted ? EXIT.ok : portFailed(thrown, target, io);
  } finally {
    await line?.close();
  }
}

interface Showing {
  readonly at: number;
  readonly unit: number;
  readonly view: RegisterView;
  readonly json: boolean;
}

function show(came: BlockReading, { at, unit, view, json }: Showing, io: CliProcess): ExitCode {
  const time = new Date(at).toISOString();
  if ('data' in came) {
    io.out(json ? JSON.stringify({ at: time, unit, ...blockJson(came, view) }) : blockText(came, view));
    return EXIT.ok;
  }
  const { register, address, count, fault, isSilent } = came;
  const { message, advice } = FAULTS[fault.code];
  if (json) io.out(JSON.stringify({ at: time, unit, register, address, count, fault: { code: fault.code, message } }));
  else io.err(`${register}:${address}..${address + count - 1}: ${message} (${fault.code}). ${advice}`);
  return isSilent ? EXIT.unavailable : EXIT.failed;
}
