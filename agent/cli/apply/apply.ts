import { isAbsolute, resolve } from 'node:path';
import { loadConfig, type RefusedConfig } from '../../../config/load.ts';
import { toFault } from '../../../drivers/contract/fault.ts';
import { openCatalogue } from '../../../drivers/registry/loader.ts';
import { ownUser, USUAL_DIRECTORY } from '../../capture/trace-request.ts';
import { SystemClock } from '../../clock/system-clock.ts';
import { bootId } from '../../files/boot-id.ts';
import { readArguments, wrongArguments } from '../arguments.ts';
import { describeRefusal } from '../check.ts';
import { durationFlag } from '../duration-flag.ts';
import { type CliProcess, DEFAULT_CONFIG, EXIT, type ExitCode } from '../io.ts';
import { findService } from '../service/service-view.ts';
import { monotonicMilliseconds } from '../start-config.ts';
import { fileReason } from '../trace/capture-file.ts';
import { withApplyLock } from './apply-lock.ts';
import { ConfigPlace } from './config-place.ts';
import { Rollout, type RolloutOutcome, refusalOf } from './rollout.ts';
import { printVersion, printVersions } from './versions.ts';

const STATE_DIRECTORY = '/var/lib/fieldward';

const HELP = `Usage: fieldward apply FILE [--confirm TIME] [--config FILE] [--json]
       fieldward apply prepare FILE | set [--confirm TIME] | verify | rollback | list | get [NAME]

Takes a new config on, and back to the old one by itself where the new one does not come up. FILE is checked and laid
beside the config in place; the running agent restarts with it, on trial. The broker, the buses and the devices
that were well before must be well again for three seconds. Then FILE comes into place, and the old config stays beside
it. Else the agent goes back. Until that moment the config in place is the old one. After a killed command or a lost
session the agent goes back to it when the time is over. After a crash or a power cut it starts with it.

  apply FILE      all steps
  prepare FILE    checks FILE, and lays it beside the config in place
  set             has the agent try what was prepared
  verify          watches the trial: into place, or back
  rollback        ends a trial; without one it applies the config that was in place before
  list            what is in place, on trial, and what was there before
  get [NAME]      prints one of them: current (unless said), trial, previous

  --confirm TIME  for so long at most it waits once the agent runs with FILE: 120s (default), 5m, 1s to 1h. A device that
                  is read once an hour needs longer to be well again
  --config FILE   the config in place, ${DEFAULT_CONFIG} unless given
  --state-directory DIR    of the agent; $STATE_DIRECTORY, or what its unit says, or ${STATE_DIRECTORY}
  --runtime-directory DIR  of the agent; $RUNTIME_DIRECTORY, or ${USUAL_DIRECTORY}
  --json          prints one object: \`outcome\` is kept, prepared, set, unchanged, refused, back or unavailable

Example: fieldward apply fieldward.new.yaml --confirm 5m

Exit code: 0 done, 64 wrong usage, 69 nothing was done (no agent, or a trial goes on), 74 the old config is back, or a file
can not be written, 76 the old config is in place and the agent has not come back with it yet, 78 FILE is refused.`;

const FLAGS = {
  config: { type: 'string' },
  confirm: { type: 'string' },
  'state-directory': { type: 'string' },
  'runtime-directory': { type: 'string' },
  json: { type: 'boolean' },
} as const;

const ACTIONS = ['prepare', 'set', 'verify', 'rollback', 'list', 'get'] as const;
type Action = (typeof ACTIONS)[number] | 'apply';

const CONFIRM_DEFAULT = '120s';
const CONFIRM_LEAST = 1000;
const CONFIRM_MOST = 3_600_000;

/** `fieldward apply`. */
export async function apply(args: readonly string[], io: CliProcess): Promise<ExitCode> {
  const read = readArguments(args, io, { options: FLAGS, words: 2, help: HELP });
  if (read.done) return read.code;
  const { flags, words } = read;
  const action: Action = ACTIONS.find((each) => each === words[0]) ?? 'apply';
  const [file, ...more] = action === 'apply' ? words : words.slice(1);
  if (more.length > 0) return wrongArguments(io, 'more than one FILE', HELP);
  const takesFile = action === 'apply' || action === 'prepare';
  if (takesFile && file === undefined) return wrongArguments(io, 'which FILE?', HELP);
  if (!takesFile && action !== 'get' && file !== undefined) return wrongArguments(io, `${action} takes no FILE`, HELP);
  const confirmMs = durationFlag(flags.confirm ?? CONFIRM_DEFAULT, CONFIRM_LEAST, CONFIRM_MOST);
  if (confirmMs === undefined) return wrongArguments(io, '--confirm is as 120s or 5m, 1s to 1h', HELP);

  const config = typeof flags.config === 'string' ? flags.config : DEFAULT_CONFIG;
  const place = new ConfigPlace(config, ownUser());
  const json = flags.json === true;
  if (action === 'list') return printVersions(place, io, json);
  if (action === 'get') {
    const code = await printVersion(place, file ?? 'current', io);
    return code ?? wrongArguments(io, 'get takes current, trial or previous', HELP);
  }
  const service = await findService(config, io.environment);
  const environment = { ...service?.environment, ...io.environment };
  const folder = (flag: unknown, variable: string | undefined, usual: string) => {
    if (typeof flag === 'string') return resolve(flag);
    const [first = ''] = variable?.split(':') ?? [];
    return isAbsolute(first) ? first : usual;
  };
  const load = async (path: string) => {
    const loaded = await loadConfig({ file: path, environment, catalogue: openCatalogue(), service: service?.view });
    const problems = service?.problems ?? [];
    return loaded.ok && problems.length > 0 ? ({ ok: false, problems, omitted: 0 } as const) : loaded;
  };
  try {
    const rollout = new Rollout({
      ...{ place, load, clock: new SystemClock(), boot: await bootId(), now: monotonicMilliseconds },
      state: folder(flags['state-directory'], environment.STATE_DIRECTORY, STATE_DIRECTORY),
      runtime: folder(flags['runtime-directory'], io.environment.RUNTIME_DIRECTORY, USUAL_DIRECTORY),
      ...{ tell: (pid) => io.tellToReload(pid), stopping: io.stopping },
    });
    const outcome = await withApplyLock(place, () => act(action, { rollout, place, file, confirmMs, io }));
    return report(outcome, { io, json, trial: place.trial, file });
  } catch (thrown) {
    const fault = toFault(thrown);
    if (fault.code === 'outbox/in-use') {
      return report({ kind: 'unavailable', why: 'another apply is at work' }, { io, json, trial: place.trial, file });
    }
    io.err(`fieldward: a file can not be written, nothing was changed: ${fileReason(thrown)}`);
    return EXIT.output;
  }
}

interface Doing {
  readonly rollout: Rollout;
  readonly place: ConfigPlace;
  readonly file: string | undefined;
  readonly confirmMs: number;
  readonly io: CliProcess;
}

async function act(action: Action, { rollout, place, file = '', confirmMs, io }: Doing): Promise<RolloutOutcome> {
  if (action === 'set') return rollout.set(confirmMs);
  if (action === 'verify') return rollout.verify();
  const ended = action === 'rollback' ? await rollout.end() : undefined;
  if (ended !== undefined) return ended;
  const source = await place.offered(action === 'rollback' ? place.previous : file);
  if (!source.ok) {
    if (action === 'rollback') return { kind: 'unavailable', why: 'there is no config from before' };
    return { kind: 'refused', refused: refusalOf(file, source.why) };
  }
  const prepared = await rollout.prepare(source.value);
  if (prepared.kind !== 'prepared' || action === 'prepare') return prepared;
  const set = await rollout.set(confirmMs);
  if (set.kind !== 'set') return set;
  io.err(
    `The agent tries the new config, for ${confirmMs / 1000} s at most once it runs. Ctrl-C goes back to the old one.`,
  );
  return rollout.verify();
}

interface Reporting {
  readonly io: CliProcess;
  readonly json: boolean;
  readonly trial: string;
  readonly file: string | undefined;
}

function report(outcome: RolloutOutcome, { io, json, trial, file }: Reporting): ExitCode {
  if (json) io.out(JSON.stringify(asJson(outcome)));
  switch (outcome.kind) {
    case 'kept':
      if (!json) io.out(`The new config is in place and runs, sha256 ${outcome.hash.slice(0, 12)}.`);
      for (const each of outcome.gone) io.err(`no longer there: ${each}`);
      return EXIT.ok;
    case 'prepared':
      if (!json) io.out('The new config is good and lies beside the one in place: `fieldward apply set` tries it.');
      return EXIT.ok;
    case 'set':
      if (!json) io.out('The agent tries the new config: `fieldward apply verify` watches it.');
      return EXIT.ok;
    case 'unchanged':
      if (!json) io.out(`Nothing had to be changed, sha256 ${outcome.hash.slice(0, 12)} is in place.`);
      return EXIT.ok;
    case 'refused':
      io.err(describeRefusal(named(outcome.refused, trial, file ?? 'FILE'), true));
      return EXIT.config;
    case 'back':
      for (const each of outcome.lacking) io.err(`lacking: ${each}`);
      io.err(
        `fieldward: the old config is in place${outcome.isRunning ? ' and runs again' : '; the agent has not come back with it yet'}: ${outcome.why}`,
      );
      return outcome.isRunning ? EXIT.failed : EXIT.unknown;
    case 'unavailable':
      io.err(`fieldward: nothing was changed: ${outcome.why}`);
      return EXIT.unavailable;
  }
}

/** It was checked where it would be, and is told by the name that the user gave. */
function named(refused: RefusedConfig, trial: string, file: string): RefusedConfig {
  return { ...refused, problems: refused.problems.map((each) => (each.file === trial ? { ...each, file } : each)) };
}

function asJson(outcome: RolloutOutcome): object {
  const { kind, ...rest } = outcome;
  if (outcome.kind === 'refused') return { outcome: kind, problems: outcome.refused.problems };
  if (outcome.kind !== 'back') return { outcome: kind, ...rest };
  return { outcome: kind, why: outcome.why, lacking: outcome.lacking, running: outcome.isRunning };
}
