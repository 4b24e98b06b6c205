import { CTL_COMMANDS } from './command.ts';
import { DESK_HELP } from './desk.ts';

/** How long a request is good for unless `--expires-in` says otherwise, milliseconds: gateways allow 30000. */
export const EXPIRES_IN = 10_000;
/** Wait for a reply beyond that time: a command that left the queue in time may still run. */
export const GRACE = 5_000;

export const HELP = `Usage: fieldward ctl GATEWAY COMMAND [DEVICE] [ARGS…] [OPTIONS]

Asks one gateway for one command, through the broker, waits for the reply and prints what came of it. Ids and expiry are
made for you, and signatures where a key is given. A request is sent once and never repeated.

${Object.entries(CTL_COMMANDS)
  .map(([name, { usage }]) => `  ${name.padEnd(12)}${usage}`.trimEnd())
  .join('\n')}

A VALUE that is true or false is boolean, a JSON number (21.5, -3, 1e3) is a number, anything else is text. In double
quotes "…" it is text too: relay=true, setpoint=21.5, mode=remote, 'label="007"'. \`operate\` selects and then operates,
as points with \`confirm: select\` want it; \`select\` prints the token, which \`operate --token=TOKEN\` takes later.

Command:
  --args JSON         the args as one JSON object instead of ARGS: of write, select and operate the values
  --for MS            of loglevel: for how long
  --token=TOKEN       of operate: what an earlier select answered
  --expires-in MS     how long the request is good for; default ${EXPIRES_IN}. The gateway's commands.maxAgeMs bounds it
  --timeout MS        how long the reply is waited for; default --expires-in and ${GRACE} more
  --user NAME         who asks, for the gateway's audit journal (MQTT 5); default $USER
  --sign-key FILE     signs with this Ed25519 private key (PEM, PKCS#8) …
  --sign-id KEYID     … which the gateway's commands.signing.keys has under this id
  --json              the reply as the gateway gave it, on one line; of operate both replies

${DESK_HELP}

Exit code: 0 done, applied or verified · 64 wrong usage · 65 refused: nothing was done · 69 nothing was changed: no broker,
gateway offline, or no reply to a command that changes nothing · 70 internal fault · 74 failed, or the device kept another
value · 76 not known: the gateway says so, or no reply came, and it may have been done · 78 a config or credential file is
refused.`;
