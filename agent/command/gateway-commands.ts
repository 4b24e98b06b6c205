import { z } from 'zod';
import { checkArgs } from './args.ts';
import type { GatewayControl } from './control.ts';
import type { Command, Result } from './job.ts';
import { KEY_LENGTH, LOGLEVEL_DEFAULT_MS, LOGLEVEL_MAX_MS, LOGLEVEL_MIN_MS } from './limits.ts';
import { answering, immediate } from './outcome.ts';

const noArgs = z.strictObject({});
const reopenArgs = z.strictObject({ bus: z.string().min(1).max(KEY_LENGTH) });
const loglevelArgs = z.strictObject({
  level: z.enum(['error', 'warn', 'info', 'debug']),
  forMs: z.int().min(LOGLEVEL_MIN_MS).max(LOGLEVEL_MAX_MS).default(LOGLEVEL_DEFAULT_MS),
});

type GatewayCommand = Command<GatewayControl>;

function telling(always: boolean, tell: (gateway: GatewayControl) => Result['values']): GatewayCommand {
  return {
    always,
    prepare(gateway, args) {
      checkArgs(noArgs, args);
      return answering(() => tell(gateway));
    },
  };
}

const reopen: GatewayCommand = {
  always: false,
  prepare(gateway, args) {
    const { bus } = checkArgs(reopenArgs, args);
    return immediate(() => gateway.reopen(bus));
  },
};

const loglevel: GatewayCommand = {
  always: false,
  prepare(gateway, args) {
    const { level, forMs } = checkArgs(loglevelArgs, args);
    return immediate(() => gateway.setLogLevel(level, forMs));
  },
};

/** Answered first: afterwards there is no one left to answer. */
const restart: GatewayCommand = {
  always: false,
  prepare(gateway, args) {
    checkArgs(noArgs, args);
    return { ...immediate(() => undefined), afterReply: () => gateway.restart() };
  },
};

/** The closed table of what the gateway can be told. */
export const GATEWAY_COMMANDS: ReadonlyMap<string, GatewayCommand> = new Map([
  ['ping', telling(true, () => undefined)],
  ['status', telling(true, (gateway) => gateway.status())],
  ['diagnostics', telling(false, (gateway) => gateway.diagnostics())],
  ['reopen', reopen],
  ['loglevel', loglevel],
  ['restart', restart],
]);
