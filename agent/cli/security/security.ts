import type { ClockState } from '../../clock/clock.ts';
import { SystemClock } from '../../clock/system-clock.ts';
import { ClockWatch } from '../../telemetry/clock-state.ts';
import type { CliIo } from '../io.ts';
import { inspectBroker } from './broker.ts';
import { inspectFiles } from './files.ts';
import { good, type Inspection, type SecurityFinding } from './finding.ts';
import { inspectSandbox } from './sandbox.ts';

/** Without the time nobody can tell whether a certificate or a command has expired. Pure. */
export function judgeClock(state: ClockState): SecurityFinding {
  const name = 'clock: synchronized';
  if (state === 'synchronized') return good(name);
  if (state === 'unsynchronized') {
    return {
      name,
      state: 'bad',
      advice: 'repair time synchronization: `timedatectl set-ntp true`, `timedatectl timesync-status`',
    };
  }
  return {
    name,
    state: 'unknown',
    advice: 'ask the time service of this machine: `chronyc tracking` or `timedatectl`',
  };
}

const FAILED: SecurityFinding = {
  name: 'inspection',
  state: 'unknown',
  advice: 'a part of this check failed: report it',
};

/** The parts of `check --security`, in the order in which they are printed. */
const INSPECTIONS: readonly Inspection[] = [
  () => inspectSandbox(),
  (loaded, file) => inspectFiles(loaded, file),
  async () => [judgeClock(new ClockWatch(new SystemClock()).state)],
  ({ config }, _file, io, interrupt = false) => inspectBroker({ config, signal: stoppingOf(io), interrupt }),
];

/** All that is found; a part that fails is a finding of its own. */
export const inspect: Inspection = async (loaded, file, io, interrupt) => {
  const parts = INSPECTIONS.map((inspection) =>
    inspection(loaded, file, io, interrupt).catch((): readonly SecurityFinding[] => [FAILED]),
  );
  return (await Promise.all(parts)).flat();
};

/** Of a process that is told to stop by a signal; else nothing stops it but its own bounds. */
function stoppingOf(io: CliIo): AbortSignal {
  return 'stopping' in io && io.stopping instanceof AbortSignal ? io.stopping : new AbortController().signal;
}

const ORDER = ['bad', 'weak', 'unknown', 'good'] as const;

/** The findings to act on first, then the rest; the good ones are counted. */
export function describeFindings(findings: readonly SecurityFinding[]): string {
  const told = ORDER.slice(0, -1).flatMap((state) => findings.filter((finding) => finding.state === state));
  const counts = ORDER.map((state) => `${findings.filter((finding) => finding.state === state).length} ${state}`);
  return [
    ...told.map(({ name, state, advice }) => `${state.padEnd(8)}${name}\n        ${advice}`),
    `Security: ${counts.join(', ')}.`,
  ].join('\n');
}
