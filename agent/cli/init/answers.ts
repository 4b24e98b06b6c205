import { hostname } from 'node:os';
import { readTextFile } from '../../../config/source/file.ts';
import { ID_PATTERN } from '../../../drivers/schema/text.ts';
import { readBroker } from '../ctl/broker.ts';
import { credentialProblems } from '../ctl/desk-credentials.ts';
import type { CliProcess } from '../io.ts';
import type { Wish } from './find-devices.ts';
import type { Secrets } from './places.ts';
import { askPorts, readPorts } from './port-answers.ts';
import { type AskPerson, answerer, type PutQuestion } from './put-question.ts';

/** All that a config is made of, but the devices. */
export interface Given {
  readonly gateway: string;
  readonly url: string;
  readonly username: string | undefined;
  readonly secrets: Secrets;
  readonly wishes: readonly Wish[];
}

/** The answers, or their fault: of the usage, or of a file. */
export type Gathered =
  | { readonly given: Given }
  | { readonly usage: string }
  | { readonly file: readonly string[] }
  | 'ended';

type Flags = Readonly<Record<string, unknown>>;

const LONGEST_PEM = 1_048_576;
const LONGEST_PASSWORD = 1024;

/**
 * Takes the answers of the flags, and asks for the rest.
 * @param ask absent: nobody is asked, and all that is required must be in the flags
 */
export async function gather(flags: Flags, io: CliProcess, ask: AskPerson | undefined): Promise<Gathered> {
  const lacking = [...(flags.url === undefined ? ['--url'] : []), ...(flags.port === undefined ? ['--port'] : [])];
  if (ask === undefined && lacking.length > 0)
    return { usage: `nobody can be asked here: give ${lacking.join(' and ')}` };
  const asked = ask && answerer(ask, io);
  const url =
    flags.url === undefined ? await asked?.('Broker (mqtts://HOST:PORT, or a host name): ', urlProblem) : flags.url;
  if (typeof url !== 'string') return 'ended';
  const usual = usualName();
  const gateway =
    flags.gateway ??
    (asked === undefined ? usual : await asked(`Name of this gateway [${usual}]: `, nameProblem, usual));
  if (typeof gateway !== 'string') return 'ended';
  const wrongName = nameProblem(gateway);
  if (wrongName !== undefined) return { usage: `--gateway: ${wrongName}` };
  const wishes = flags.port === undefined && asked ? await askPorts(flags, io, asked) : readPorts(flags);
  if (wishes === undefined) return 'ended';
  if (typeof wishes === 'string') return { usage: wishes };
  const isSecure = !/^(?:mqtt|ws):/.test(wholeUrl(url));
  const typed: Login | undefined =
    asked && flags.username === undefined && flags.cert === undefined
      ? await askLogin(asked, isSecure && flags.ca === undefined)
      : {};
  if (typed === undefined) return 'ended';
  return finish({ ...flags, url: wholeUrl(url), ...typed.flags }, typed.password, { gateway, wishes });
}

interface Login {
  readonly flags?: Readonly<Record<string, string>>;
  readonly password?: string | undefined;
}

/** The questions for a broker that requires a login. */
async function askLogin(asked: PutQuestion, wantsAuthority: boolean): Promise<Login | undefined> {
  const flags: Record<string, string> = {};
  const username = await asked('User name at the broker (empty: none): ', userProblem, '');
  if (username === undefined) return undefined;
  let password: string | undefined;
  if (username !== '') {
    flags.username = username;
    password = await asked('Password (it is not shown): ', passwordProblem, undefined, true);
    if (password === undefined) return undefined;
  }
  if (wantsAuthority) {
    const ca = await asked(
      'File of the authority that signed the broker’s certificate (empty: a public one): ',
      () => undefined,
      '',
    );
    if (ca === undefined) return undefined;
    if (ca !== '') flags.ca = ca;
  }
  return { flags, password };
}

/** Judges all of it as the config will, and reads the files. */
async function finish(
  flags: Flags,
  password: string | undefined,
  rest: Pick<Given, 'gateway' | 'wishes'>,
): Promise<Gathered> {
  const broker = readBroker(flags, undefined);
  if (!broker.ok) return { usage: broker.problems.join('; ') };
  const problems = await credentialProblems(broker.config, flags);
  if (problems.length > 0) return { file: problems };
  const secrets: Record<string, string> = {};
  for (const key of ['passwordFile', 'caFile', 'certFile', 'keyFile'] as const) {
    const file = broker.config[key];
    const content = file === undefined ? undefined : await readTextFile(file, LONGEST_PEM);
    if (content?.ok === false) return { file: [`mqtt.${key}: ${content.message}`] };
    if (content !== undefined) secrets[key] = content.text;
  }
  if (password !== undefined) secrets.passwordFile = `${password}\n`;
  const { url, username } = broker.config;
  return { given: { ...rest, url, username, secrets } };
}

/** A host alone is one that speaks TLS; this machine's own broker needs none. */
function wholeUrl(answer: string): string {
  if (answer.includes('://')) return answer;
  const [, host = answer, port] = /^(\[[^\]]*\]|[^:]*)(?::([0-9]+))?$/.exec(answer) ?? [];
  if (/^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(host) && port === undefined) return `mqtt://${host}:1883`;
  return `mqtts://${host}:${port ?? 8883}`;
}

function urlProblem(answer: string): string | undefined {
  const broker = readBroker({ url: wholeUrl(answer) }, undefined);
  return broker.ok ? undefined : broker.problems[0]?.replace(/^--url: /, '').replace(/, unless .*$/, '');
}

function userProblem(answer: string): string | undefined {
  if (answer === '') return undefined;
  const broker = readBroker({ username: answer }, undefined);
  return broker.ok ? undefined : broker.problems[0]?.replace(/^--username: /, '');
}

function passwordProblem(answer: string): string | undefined {
  return answer.length >= 1 && answer.length <= LONGEST_PASSWORD
    ? undefined
    : `must have 1 to ${LONGEST_PASSWORD} characters`;
}

function nameProblem(answer: string): string | undefined {
  return ID_PATTERN.test(answer)
    ? undefined
    : 'must begin with a-z or 0-9 and go on with a-z, 0-9 and -, at most 63 characters';
}

/** The machine's own name, as far as it can be one of a gateway. */
function usualName(): string {
  const fit =
    hostname()
      .toLowerCase()
      .split('.')[0]
      ?.replace(/[^a-z0-9-]/g, '-')
      .replace(/^-+/, '')
      .slice(0, 63) ?? '';
  return ID_PATTERN.test(fit) ? fit : 'gateway-1';
}
