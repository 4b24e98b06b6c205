import { randomUUID, X509Certificate } from 'node:crypto';
import type { MqttConfig } from '../../../config/config.ts';
import { commonNames } from '../../../config/credentials/subject-names.ts';
import type { LoadedConfig } from '../../../config/load.ts';
import { readTextFile } from '../../../config/source/file.ts';
import { loadNamed } from '../find.ts';
import { type CliIo, EXIT, type ExitCode } from '../io.ts';
import { BROKER_FLAGS, readBroker, wrongUsage } from './broker.ts';
import { credentialProblems } from './desk-credentials.ts';

/** The tools that are clients of a broker beside the gateway's own agent. */
export type Tool = 'console' | 'ctl' | 'top';

export const DESK_FLAGS = { ...BROKER_FLAGS, config: { type: 'string' } } as const;

/** The part of their help that is about the broker. */
export const DESK_HELP = `Broker:
  --config FILE       takes the mqtt section of a gateway's config, under a client id of its own; what follows goes before it.
                      The gateway's own certificate is not taken from there: brokers may take its name for the client's id
                      and end the gateway's connection. Give --cert and --key-file of a person; at a broker that takes
                      user names for ids, --username too
  --url URL           mqtts://HOST:PORT; default mqtt://localhost:1883
  --topic-prefix P    default fieldward
  --username NAME --password-file FILE
  --ca FILE           PEM of the authority that signed the broker's certificate
  --cert FILE --key-file FILE
                      PEM of the certificate and key of this client, for mutual TLS
  --protocol VERSION  auto (the default), 5, or 4 for MQTT 3.1.1
  --allow-plaintext   lets mqtt:// leave this machine: everybody on the way reads and forges everything`;

/** A way to the broker, or the exit code after what is wrong was said on stderr. */
export type Desk =
  | { readonly ok: true; readonly mqtt: MqttConfig; readonly loaded: LoadedConfig | undefined }
  | { readonly ok: false; readonly code: ExitCode };

/** A certificate is a few kilobytes, a chain of them some more. */
const LONGEST_PEM = 1_048_576;

/**
 * The broker and the user who asks, by the flags and the config that they name, judged before anything is sent.
 * @param needsConfig whether the default config is read where the flags name none
 */
export async function openDesk(
  tool: Tool,
  flags: Readonly<Record<string, unknown>>,
  io: CliIo,
  needsConfig: boolean,
): Promise<Desk> {
  const wrong = (code: ExitCode): Desk => ({ ok: false, code });
  const reads = needsConfig || flags.config !== undefined;
  const loaded = reads ? await loadNamed(flags.config, io) : undefined;
  if (reads && loaded === undefined) return wrong(EXIT.config);
  const broker = readBroker(flags, loaded?.config.mqtt);
  if (!broker.ok) return wrong(wrongUsage(io, tool, broker.problems));
  if (loaded !== undefined && flags.cert === undefined && (await isGatewaysOwn(loaded))) {
    const problem =
      'the certificate of the config is the gateway’s own: with it the broker may end the gateway’s connection. Give --cert and --key-file of your own';
    return wrong(wrongUsage(io, tool, [problem]));
  }
  const problems = await credentialProblems(broker.config, flags);
  for (const problem of problems) io.err(`fieldward: ${problem} (config/credential)`);
  return problems.length > 0 ? wrong(EXIT.config) : { ok: true, mqtt: broker.config, loaded };
}

/**
 * A client id of its own for each run: never a gateway's, and no longer than the 23 characters that every broker takes
 * (MQTT 3.1.1, 3.1.3.1).
 */
export function clientIdFor(tool: Tool): string {
  return `${tool}-${randomUUID().slice(0, 13)}`;
}

/**
 * Whether the config's certificate is in the name of its gateway. A broker that takes that name for the client id, as
 * that of systemd/broker does, would end the agent's connection for this one, with any id that is asked for.
 */
async function isGatewaysOwn({ config }: LoadedConfig): Promise<boolean> {
  const { certFile } = config.mqtt;
  if (certFile === undefined) return false;
  const content = await readTextFile(certFile, LONGEST_PEM);
  if (!content.ok) return false;
  try {
    return commonNames(new X509Certificate(content.text)).includes(config.gateway);
  } catch {
    // no certificate: that is told with the other credentials
    return false;
  }
}
