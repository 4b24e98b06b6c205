import type { Driver } from '../../drivers/contract/driver.ts';
import type { Finding, Path } from '../problem.ts';
import { asText, get, type Mapping } from '../source/data.ts';
import { readBounded } from './contents.ts';
import { type FileFinder, READABLE_BY_ALL } from './credentials.ts';

/** Keys and passwords of devices are a line. */
const LONGEST = 4096;

export interface DeviceSecrets {
  /** Option → content, for the driver. */
  readonly contents: ReadonlyMap<string, Uint8Array>;
  /** Option → absolute path, in place of what the config says. */
  readonly files: Mapping;
  readonly findings: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/**
 * Finds and reads the credential files that a device's options name, and lets the driver judge them. A fault is told at
 * the option and quotes nothing of the file.
 * @param options of the device, laid over its profile's
 * @param path of the options in the config
 */
export async function readDeviceSecrets(
  driver: Driver,
  options: Mapping,
  path: Path,
  find: FileFinder,
): Promise<DeviceSecrets> {
  const contents = new Map<string, Uint8Array>();
  const files: Record<string, string> = {};
  const findings: Finding[] = [];
  const warnings: Finding[] = [];
  for (const [key, judge] of Object.entries(driver.secrets ?? {})) {
    const name = asText(get(options, key));
    if (name === undefined) continue;
    const { found, problem } = await find(name);
    if (problem !== undefined) findings.push({ path: [...path, key], message: problem });
    if (found === undefined) continue;
    files[key] = found.file;
    if (found.readable) warnings.push({ path: [...path, key], message: READABLE_BY_ALL });
    const content = await readBounded(found.file, LONGEST);
    if (content === undefined) continue;
    const wrong = typeof content === 'string' ? content : judge(content);
    if (wrong !== undefined) findings.push({ path: [...path, key], message: wrong });
    else if (typeof content !== 'string') contents.set(key, content);
  }
  return { contents, files, findings, warnings };
}
