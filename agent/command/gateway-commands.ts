import * as z from 'zod';
import type { GatewayControl } from '../device/control.ts';
import type { Command, Result } from './job.ts';
import { KEY_LENGTH, LOGLEVEL_DEFAULT_MS, LOGLEVEL_MAX_MS, LOGLEVEL_MIN_MS } from './limits.ts';
import { answering, immediate } from './outcome.ts';
import { commandOf } from './request/args.ts';

const noArgs = z.strictObject({});
const reopenArgs = z.strictObject({ bus: z.string().min(1).max(KEY_LENGTH).describe('id of the bus') });
const loglevelArgs = z.strictObject({
  level: z.enum(['error', 'warn', 'info', 'debug']),
  forMs: z.int().min(LOGLEVEL_MIN_MS).max(LOGLEVEL_MAX_MS).default(LOGLEVEL_DEFAULT_MS),
});

type GatewayCommand = Command<GatewayControl>;

function telling(
  { summary, always }: { readonly summary: string; readonly always: boolean },
  tell: (gateway: GatewayControl) => Result['values'],
): GatewayCommand {
  return commandOf({ always, summary, args: noArgs }, (gateway: GatewayControl) => answering(() => tell(gateway)));
}

const reopen = commandOf<GatewayControl, z.infer<typeof reopenArgs>>(
  { summary: 'Closes the port of a bus and opens it again.', args: reopenArgs },
  (gateway, { bus }) => immediate(() => gateway.reopen(bus)),
);

const loglevel = commandOf<GatewayControl, z.infer<typeof loglevelArgs>>(
  { summary: 'Changes how much is logged; after `forMs` the level of the config holds again.', args: loglevelArgs },
  (gateway, { level, forMs }) => immediate(() => gateway.setLogLevel(level, forMs)),
);

/** Answered first: afterwards there is no one left to answer. */
const restart: GatewayCommand = commandOf(
  { summary: 'Answers, stops in order and exits with 75: the service manager starts the agent again.', args: noArgs },
  (gateway: GatewayControl) => ({ ...immediate(() => undefined), afterReply: () => gateway.restart() }),
);

/** The closed table of what the gateway can be told. */
export const GATEWAY_COMMANDS: ReadonlyMap<string, GatewayCommand> = new Map([
  ['ping', telling({ summary: 'Answers.', always: true }, () => undefined)],
  ['status', telling({ summary: 'Answers with the status.', always: true }, (gateway) => gateway.status())],
  [
    'diagnostics',
    telling({ summary: 'Answers with counters of the agent’s own work.', always: false }, (gateway) =>
      gateway.diagnostics(),
    ),
  ],
  ['reopen', reopen],
  ['loglevel', loglevel],
  ['restart', restart],
]);
