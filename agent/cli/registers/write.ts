import type { Dialogue } from '../../../drivers/contract/dialogue.ts';
import { toFault } from '../../../drivers/contract/fault.ts';
import { FAULTS } from '../../../drivers/contract/faults.ts';
import type { Value } from '../../../drivers/contract/reading.ts';
import { spacedHex } from '../../capture/write.ts';
import { SystemClock } from '../../clock/system-clock.ts';
import { readArguments, wrongArguments } from '../arguments.ts';
import { type CliProcess, EXIT, type ExitCode } from '../io.ts';
import { openScanBus, type ScanBus } from '../ports/scan-bus.ts';
import { type RegisterTarget, registerDevice, runAsked } from './register-device.ts';
import { LONGEST_RUN, ordersOf, portFailed, TARGET_FLAGS, targetOf } from './register-target.ts';
import { assignmentOf, NUMBERS, typesOf } from './register-words.ts';

const HELP = `Usage: fieldward write PATH|HOST:PORT UNIT REGISTER=VALUE… [--type T] [--yes] [--word-order big|little]
                      [--byte-order big|little] [--write-function auto|single|multiple] [--driver D] [--timeout-ms N]
                      [--baud N] [--data-bits 7|8] [--parity none|even|odd] [--stop-bits 1|2] [--json]

Writes coils and holding registers of a Modbus device, without a config: it shows the bytes that it will send, and asks.
REGISTER=VALUE is holding:5=230.5 or coil:3=true, with zero-based addresses. The agent must not hold the same port
meanwhile: through a running agent, with its checks and its record, writes \`fieldward ctl\`.

  --type T     type of the holding registers (default uint16): ${NUMBERS.slice(0, 6).join(', ')} …
  --yes        does not ask, for scripts
  --write-function  single: functions 5 and 6; multiple: 15 and 16; auto (default): as the values need
  --json       one object a request: {"request":"01 06 …","outcome":"applied"}

Outcomes: applied (the device confirmed it), failed (it said no), unknown (no clear answer: read before you write again).

Example: fieldward write /dev/ttyUSB0 1 holding:5=230.5 --type float32 --baud 9600

Exit code: 0 applied, 64 wrong usage, 65 not sent, 70 the port can not be used, 74 failed, 76 unknown.`;

const FLAGS = { ...TARGET_FLAGS, yes: { type: 'boolean' }, 'write-function': { type: 'string' } } as const;
const MOST_VALUES = 64;
const WRITE_FUNCTIONS = ['auto', 'single', 'multiple'];

/** `fieldward write`. */
export async function write(args: readonly string[], io: CliProcess): Promise<ExitCode> {
  const parsed = readArguments(args, io, { options: FLAGS, words: 2 + MOST_VALUES, help: HELP });
  if (parsed.done) return parsed.code;
  const [where = '', unit = '', ...words] = parsed.words;
  const { flags } = parsed;
  if (words.length === 0) return wrongArguments(io, 'a port or server, a unit and REGISTER=VALUE are needed', HELP);
  const values = words.flatMap((word) => assignmentOf(word) ?? []);
  if (values.length < words.length) {
    return wrongArguments(io, 'REGISTER=VALUE is as holding:5=230.5 or coil:3=true', HELP);
  }
  const [type, ...more] = typesOf(flags.type ?? 'uint16') ?? [];
  if (type === undefined || more.length > 0) return wrongArguments(io, `--type is one of ${NUMBERS.join(', ')}`, HELP);
  const orders = ordersOf(flags);
  if (orders === undefined) return wrongArguments(io, '--word-order and --byte-order are big or little', HELP);
  const writeFunction = flags['write-function'] ?? 'auto';
  if (typeof writeFunction !== 'string' || !WRITE_FUNCTIONS.includes(writeFunction)) {
    return wrongArguments(io, '--write-function is auto, single or multiple', HELP);
  }
  const target = targetOf(where, unit, flags, io, HELP);
  if (typeof target === 'number') return target;
  const points = values.map(({ register, address }, at) => ({
    ...{ name: `v${at}`, register, address, writable: true },
    type: register === 'coil' ? 'bool' : type,
  }));
  let dialogues: readonly Dialogue[];
  try {
    const device = await registerDevice(target, points, { ...orders, writeFunction });
    dialogues = device.write(new Map<string, Value>(values.map(({ value }, at) => [`v${at}`, value])));
  } catch (thrown) {
    const { code } = toFault(thrown);
    return wrongArguments(
      io,
      `${FAULTS[code].message}: a value does not fit its type, or two are for one register`,
      HELP,
    );
  }
  const requests = dialogues.map(requestOf);
  for (const request of requests) io.err(`>> ${request}`);
  const isMeant = flags.yes === true || (await io.confirm?.(`Send to unit ${target.unit}? [y/N] `)) === true;
  if (!isMeant) {
    io.err('Nothing was sent.');
    return EXIT.refused;
  }
  return send(target, dialogues, { requests, json: flags.json === true }, io);
}

/** The bytes of a write's one request. */
function requestOf(dialogue: Dialogue): string {
  const step = dialogue.begin(undefined, 1);
  return step.kind === 'ask' ? spacedHex(step.exchange.request) : '';
}

interface Sending {
  readonly requests: readonly string[];
  readonly json: boolean;
}

async function send(
  target: RegisterTarget,
  dialogues: readonly Dialogue[],
  { requests, json }: Sending,
  io: CliProcess,
): Promise<ExitCode> {
  const clock = new SystemClock();
  let line: ScanBus | undefined;
  try {
    const { port } = target;
    line = await openScanBus({ port, clock, signal: io.stopping, maxRunMs: LONGEST_RUN, heard: () => undefined });
    for (const [at, dialogue] of dialogues.entries()) {
      const outcome = await runAsked(line, dialogue, clock, io.stopping);
      const request = requests[at] ?? '';
      if (outcome.ok) {
        io.out(json ? JSON.stringify({ request, outcome: 'applied' }) : 'applied');
        continue;
      }
      // later writes may rest on it
      const word = outcome.consequence === 'refused' ? 'failed' : 'unknown';
      const { code } = outcome.fault;
      const { message, advice } = FAULTS[code];
      if (json) io.out(JSON.stringify({ request, outcome: word, fault: { code, message } }));
      else io.err(`${word}: ${message} (${code}). ${advice}`);
      return word === 'failed' ? EXIT.failed : EXIT.unknown;
    }
    return EXIT.ok;
  } catch (thrown) {
    return portFailed(thrown, target, io);
  } finally {
    await line?.close();
  }
}
