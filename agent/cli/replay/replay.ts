import { milliseconds } from '../../../drivers/contract/duration.ts';
import { toFault } from '../../../drivers/contract/fault.ts';
import { FAULTS } from '../../../drivers/contract/faults.ts';
import { lineText } from '../../capture/write.ts';
import type { Clock } from '../../clock/clock.ts';
import { SystemClock } from '../../clock/system-clock.ts';
import { readArguments, wrongArguments } from '../arguments.ts';
import { type CliProcess, EXIT, type ExitCode } from '../io.ts';
import { openCapture } from '../trace/capture-file.ts';
import { linkTo, openTerminal, type PseudoTerminal } from './pseudo-terminal.ts';
import { pauseOf, ReplayDevice, type ReplayPortion } from './replay-device.ts';

const HELP = `Usage: fieldward replay FILE [--link PATH] [--fast] [--json]

Makes a device of a capture, on a pseudo terminal: it answers as was recorded. The same request gets the same answer, one
that was recorded several times its answers in their order, and any other gets silence. A capture without requests, as of a
meter that talks by itself, is told from its beginning, again and again. Ends at Ctrl-C.

The terminal is made by \`script\` of util-linux (Debian: bsdutils, which every system has).

  FILE         a capture of \`fieldward trace\` or \`listen --output\`, or lines of >> and << that were written by hand
  --link PATH  a steady name for the terminal, as /tmp/meter
  --fast       answers at once; otherwise as late as was recorded
  --json       {"path":…,"link":…,"requests":…}, and at the end {"requests":…,"answered":…,"unknownBytes":…}

Example: fieldward replay line.capture --link /tmp/meter
         fieldward poll meter-1 --once --config test.yaml      # with port: { path: /tmp/meter }

Exit code: 0 stopped as asked, 64 wrong usage or no capture, 70 no terminal can be made.`;

const FLAGS = { link: { type: 'string' }, fast: { type: 'boolean' }, json: { type: 'boolean' } } as const;

/** A request that is half there for so long is none. */
const LOOK = milliseconds(200);
/** Between two turns of a capture without requests, milliseconds. */
const AGAIN = milliseconds(1000);

/** `fieldward replay`. */
export async function replay(args: readonly string[], io: CliProcess): Promise<ExitCode> {
  const read = readArguments(args, io, { options: FLAGS, words: 1, help: HELP });
  if (read.done) return read.code;
  const [file = ''] = read.words;
  const { link } = read.flags;
  if (file === '') return wrongArguments(io, 'which capture?', HELP);
  if (typeof link === 'string' && !link.startsWith('/')) return wrongArguments(io, '--link is an absolute path', HELP);
  const opened = await openCapture(file);
  if (!opened.ok) {
    io.err(`fieldward: ${opened.why}`);
    return EXIT.usage;
  }
  const device = new ReplayDevice(opened.capture);
  if (device.size === 0 && device.unasked.length === 0) {
    io.err('fieldward: the capture holds no bytes');
    return EXIT.usage;
  }
  const clock = new SystemClock();
  let terminal: PseudoTerminal;
  try {
    terminal = await openTerminal(io.environment.PATH, clock, io.stopping);
  } catch (thrown) {
    if (io.stopping.aborted) return EXIT.ok;
    const { code } = toFault(thrown);
    io.err(
      `${FAULTS[code].message}: no pseudo terminal can be made without \`script\` of util-linux (Debian: bsdutils).`,
    );
    return EXIT.internal;
  }
  const unlink = typeof link === 'string' ? linkTo(link, terminal.path) : () => undefined;
  try {
    if (unlink === undefined) {
      io.err('fieldward: --link: the name can not be had; what is there must be a link or nothing');
      return EXIT.usage;
    }
    const { line } = opened.capture;
    const settings = line === undefined ? null : lineText(line);
    const named = { path: terminal.path, link: link ?? null, requests: device.size, line: settings };
    const json = read.flags.json === true;
    io.out(json ? JSON.stringify(named) : `${link ?? terminal.path}`);
    io.err(`${device.size} different requests${settings === null ? '' : `, recorded at ${settings}`}.`);
    await run(device, terminal, { clock, io, isFast: read.flags.fast === true });
    if (json) io.out(JSON.stringify(device.counts));
    else
      io.err(
        `${device.counts.requests} requests, ${device.counts.answered} answered, ${device.counts.unknownBytes} bytes not known.`,
      );
    return EXIT.ok;
  } finally {
    unlink?.();
    terminal.close();
  }
}

interface Running {
  readonly clock: Clock;
  readonly io: CliProcess;
  readonly isFast: boolean;
}

async function run(device: ReplayDevice, terminal: PseudoTerminal, { clock, io, isFast }: Running): Promise<void> {
  const { stopping } = io;
  let isGone = false;
  const gone = terminal.closed.then(() => {
    isGone = true;
  });
  let lastAt = clock.now();
  // one answer after the other, as on a line
  let last: Promise<void> = Promise.resolve();
  const tell = async (portions: readonly ReplayPortion[]): Promise<void> => {
    let before = 0;
    for (const portion of portions) {
      const pause = isFast ? 0 : pauseOf(portion, before);
      if (pause > 0) await clock.sleep(milliseconds(pause), stopping).catch(() => undefined);
      if (stopping.aborted || isGone) return;
      before = portion.after;
      terminal.write(portion.bytes);
    }
  };
  terminal.onBytes((bytes) => {
    lastAt = clock.now();
    for (const answer of device.take(bytes)) last = last.then(() => tell(answer));
  });
  while (!stopping.aborted && !isGone) {
    if (device.size === 0) await tell(device.unasked);
    const pause = clock.sleep(device.size === 0 ? AGAIN : LOOK, stopping).catch(() => undefined);
    await Promise.race([pause, gone]);
    if (clock.now() - lastAt >= LOOK) device.idle();
  }
  await last;
}
