import type { AskedCommand } from '../../wire.ts';
import { desk } from '../state/desk.ts';

/** The commands that a gateway can be asked for; its own config says whether it takes them. */
export const OFFERED_COMMANDS: readonly {
  readonly name: string;
  readonly title: string;
  /** The question of its dialog, before the name of the gateway. */
  readonly asks: string;
  readonly explained: string;
  readonly args: AskedCommand['args'];
}[] = [
  { name: 'ping', title: 'Ping', asks: 'Ping', explained: 'The gateway answers. Nothing is changed.', args: {} },
  {
    name: 'diagnostics',
    title: 'Diagnose',
    asks: 'Diagnose',
    explained: 'The gateway tells counters of its own work. Nothing is changed.',
    args: {},
  },
  {
    name: 'loglevel',
    title: 'Log more',
    asks: 'Log more at',
    explained: 'The gateway logs at level debug for ten minutes, then as before.',
    args: { level: 'debug', forMs: 600_000 },
  },
  {
    name: 'restart',
    title: 'Restart',
    asks: 'Restart',
    explained: 'The agent stops in order, and its service manager starts it again. No value comes for some seconds.',
    args: {},
  },
];

export function reopenBus(gateway: string, bus: string): void {
  desk.ask({
    kind: 'command',
    asked: { gateway, command: 'reopen', args: { bus } },
    title: `Reopen ${bus}?`,
    explained: `The gateway ${gateway} closes the port of this bus and opens it again. Its devices are not asked for some seconds.`,
  });
}

const DEVICE_COMMANDS: Readonly<Record<string, readonly [string, string]>> = {
  read: ['Read now', 'The device is asked for all of its points. Nothing is changed.'],
  pause: ['Pause', 'The device is not asked any more, until it is resumed or the agent restarts.'],
  resume: ['Resume', 'The device is asked again as its config says.'],
};
/** They have ways of their own. */
const ELSEWHERE = new Set(['write', 'select', 'operate']);

/** Button and explanation of each command that a device takes. */
export function deviceCommands(names: readonly string[]): readonly (readonly [string, string, string])[] {
  return names
    .filter((name) => !ELSEWHERE.has(name))
    .map((name) => {
      const known = Object.hasOwn(DEVICE_COMMANDS, name) ? DEVICE_COMMANDS[name] : undefined;
      const [title, explained] = known ?? [name, 'The device is asked for this command of its driver.'];
      return [name, title, explained];
    });
}
