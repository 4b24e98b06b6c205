import type { Labels, ToldFamily } from './samples.ts';

/** Of the gateway, for a whole message. */
export interface OtlpOrigin {
  readonly gateway: string;
  readonly version: string;
  /** Since when the counters count, and the time of this message: milliseconds since 1970. */
  readonly since: number;
  readonly wall: number;
}

/** AGGREGATION_TEMPORALITY_CUMULATIVE (opentelemetry/proto/metrics/v1). */
const CUMULATIVE = 2;

/** An ExportMetricsServiceRequest in JSON (OTLP 1.0, JSON Protobuf Encoding): 64-bit numbers are text. Pure. */
export function otlpBody(told: readonly ToldFamily[], { gateway, version, since, wall }: OtlpOrigin): string {
  const timeUnixNano = nanoseconds(wall);
  const startTimeUnixNano = nanoseconds(Math.min(since, wall));
  const metrics = told.map(({ family: { name, help, unit, type }, samples }) => {
    const points = samples.map(({ labels, value }) => ({
      attributes: attributesOf(labels),
      ...(type === 'counter' && { startTimeUnixNano }),
      ...{ timeUnixNano, asDouble: value },
    }));
    const about = { name, description: help, unit };
    if (type === 'gauge') return { ...about, gauge: { dataPoints: points } };
    return { ...about, sum: { aggregationTemporality: CUMULATIVE, isMonotonic: true, dataPoints: points } };
  });
  const resource = {
    attributes: attributesOf({
      ...{ 'service.name': 'fieldward', 'service.instance.id': gateway, 'service.version': version },
    }),
  };
  const scope = { name: 'fieldward', version };
  return JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics: [{ scope, metrics }] }] });
}

function attributesOf(labels: Labels): readonly object[] {
  return Object.entries(labels).map(([key, stringValue]) => ({ key, value: { stringValue } }));
}

function nanoseconds(wall: number): string {
  return `${Math.max(0, Math.trunc(wall))}000000`;
}
