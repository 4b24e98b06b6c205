import type { Finding } from '../problem.ts';
import { asText, get, type Mapping } from '../source/data.ts';
import { type FileFinder, READABLE_BY_ALL } from './credentials.ts';

export interface MetricsFiles {
  /** Key of `metrics.otlp` → absolute path. */
  readonly files: Mapping;
  readonly findings: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/** Finds the files that `metrics.otlp` names, of which the headers are a secret. */
export async function findMetricsFiles(root: unknown, find: FileFinder): Promise<MetricsFiles> {
  const files: Record<string, string> = {};
  const findings: Finding[] = [];
  const warnings: Finding[] = [];
  for (const key of ['headersFile', 'caFile']) {
    const path = ['metrics', 'otlp', key];
    const name = asText(get(get(get(root, 'metrics'), 'otlp'), key));
    if (name === undefined) continue;
    const { found, problem } = await find(name);
    if (problem !== undefined) findings.push({ path, message: problem });
    if (found === undefined) continue;
    files[key] = found.file;
    if (key === 'headersFile' && found.readable) warnings.push({ path, message: READABLE_BY_ALL });
  }
  return { files, findings, warnings };
}
