/** Of `metrics`. */
export const METRICS_LIMITS = {
  textfileEveryMs: {
    unit: 'ms',
    min: 1_000,
    max: 3_600_000,
    default: 15_000,
    reason: 'How often the file is written: as often as Prometheus usually asks node_exporter.',
  },
  otlpEveryMs: {
    unit: 'ms',
    min: 1_000,
    max: 3_600_000,
    default: 60_000,
    reason:
      'How often the collector is told; each push is some 30 KB for ten devices, so a metered link wants it longer.',
  },
} as const;
