import * as z from 'zod';
import type { MetricsConfig } from '../config.ts';
import { METRICS_LIMITS } from '../metrics-limits.ts';
import { credentialFile } from './mqtt.ts';
import { limited } from './number.ts';
import { absolutePath, isLoopback, parseCollectorUrl } from './text.ts';

/** Folders in which a program's output has no place. */
const OF_THE_SYSTEM = /^\/(?:bin|boot|dev|etc|lib|lib32|lib64|proc|root|sbin|sys|usr)\//;

function mayLeave(url: string): boolean {
  const parsed = parseCollectorUrl(url);
  return parsed !== undefined && (parsed.secure || isLoopback(parsed.host));
}

const textfileSchema = z.strictObject(
  {
    path: absolutePath()
      .refine((path) => path.endsWith('.prom') && !OF_THE_SYSTEM.test(path), {
        error: 'must end in .prom, for node_exporter reads no other, and lie outside the folders of the system',
      })
      .describe(
        'The file, in a folder that is there: one in memory, as /run/fieldward/fieldward.prom. An ordinary stop removes it.',
      ),
    everyMs: limited(METRICS_LIMITS.textfileEveryMs),
  },
  { error: 'must be a mapping' },
);

const otlpSchema = z.strictObject(
  {
    url: z
      .string({ error: 'must be text' })
      .refine(mayLeave, {
        error: 'must be https://HOST:PORT/PATH, without credentials and query; http:// only on the loopback',
      })
      .meta({ pattern: '^https?://[^/@?#]+(?:/[A-Za-z0-9._~/-]*)?$' })
      .describe('The collector’s address for metrics: https://HOST:PORT/v1/metrics. http:// only on the loopback.'),
    headersFile: credentialFile('File with one header a line, as `Authorization: Bearer …`, at most 16.'),
    caFile: credentialFile('PEM file of the authority of the collector; absent: those that Node.js knows.'),
    everyMs: limited(METRICS_LIMITS.otlpEveryMs),
  },
  { error: 'must be a mapping' },
);

export const metricsSchema = z.strictObject(
  {
    textfile: textfileSchema
      .optional()
      .describe('A file for the textfile collector of node_exporter. Its presence turns it on.'),
    otlp: otlpSchema.optional().describe('Pushes by OTLP over HTTP in JSON. Its presence turns it on.'),
  },
  { error: 'must be a mapping' },
) satisfies z.ZodType<MetricsConfig>;
