import type { MqttConfig } from '../../../config/config.ts';
import { readTextFile } from '../../../config/source/file.ts';
import { cleanText } from '../../../drivers/framing/text.ts';
import { type CredentialFiles, readCredentials } from '../../link/connection/credentials.ts';
import { isSecure } from '../../link/failover/broker-address.ts';

type Flags = Readonly<Record<string, unknown>>;
type FileKey = keyof CredentialFiles;

interface Kind {
  readonly flag: string;
  /** The message for a file that can be read and is of no use. */
  readonly useless: string;
  /** A password that was typed in place of its file's name must not be printed. */
  readonly shown: boolean;
}

const KINDS: Readonly<Record<FileKey, Kind>> = {
  passwordFile: { flag: 'password-file', useless: 'is empty or too long', shown: false },
  proxyCredentialsFile: { flag: 'config', useless: 'is empty or too long', shown: false },
  caFile: { flag: 'ca', useless: 'holds no certificate (PEM)', shown: true },
  certFile: { flag: 'cert', useless: 'holds no certificate (PEM)', shown: true },
  keyFile: { flag: 'key-file', useless: 'holds no private key (PEM)', shown: true },
};

/** The bound of the link's own reading is the same; a larger file is no credential. */
const LONGEST = 1_048_576;
const LONGEST_PATH = 256;

/**
 * The faults of the files that prove the user's name: each by its flag and as it was typed, or by its key of the
 * config. The link would only say that one of them is of no use, and try again for ever.
 */
export async function credentialProblems(mqtt: MqttConfig, flags: Flags): Promise<readonly string[]> {
  const secure = isSecure(mqtt.url);
  const problems: string[] = [];
  for (const key of Object.keys(KINDS) as FileKey[]) {
    const file = mqtt[key];
    if (file === undefined) continue;
    const why = await whyUseless(key, file, secure);
    if (why !== undefined) problems.push(`${nameOf(key, flags)}: ${why}`);
  }
  if (problems.length > 0 || (await isUsed(mqtt, secure))) return problems;
  return [`${nameOf('certFile', flags)} and ${nameOf('keyFile', flags)} do not belong together`];
}

async function whyUseless(key: FileKey, file: string, secure: boolean): Promise<string | undefined> {
  if (await isUsed({ [key]: file }, secure)) return undefined;
  const content = await readTextFile(file, LONGEST);
  return content.ok ? KINDS[key].useless : content.message;
}

/** Whether the link can use them. */
async function isUsed(files: CredentialFiles, secure: boolean): Promise<boolean> {
  try {
    await readCredentials(files, secure);
    return true;
  } catch {
    return false;
  }
}

function nameOf(key: FileKey, flags: Flags): string {
  const { flag, shown } = KINDS[key];
  const typed = flags[flag];
  if (typeof typed !== 'string') return `mqtt.${key}`;
  return shown ? `--${flag} ${cleanText(typed, LONGEST_PATH)}` : `--${flag}`;
}
