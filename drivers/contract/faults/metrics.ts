import type { FaultRows } from './row.ts';

export const METRICS_FAULTS = {
  'metrics/not-written': {
    message: 'the metrics file can not be written',
    remedy: 'retry-later',
    advice: 'Its folder must be there and the service must be allowed to write into it: see systemd/docs/metrics.md.',
  },
  'metrics/place': {
    message: 'where the metrics file belongs lies something else: a link, a pipe, a folder or a device',
    remedy: 'retry-later',
    advice: 'Take it away, or name another path in `metrics.textfile.path`.',
  },
  'metrics/unreachable': {
    message: 'the collector of the metrics can not be reached, or does not answer in time',
    remedy: 'retry-later',
    advice: 'Check network, `metrics.otlp.url` and the collector. Nothing is lost but the resolution in between.',
  },
  'metrics/tls': {
    message: 'the TLS connection to the collector of the metrics failed',
    remedy: 'retry-later',
    advice: 'Check the collector’s certificate, its name and its time, `metrics.otlp.caFile`, and the gateway’s clock.',
  },
  'metrics/headers': {
    message: 'the headers for the collector can not be used',
    remedy: 'retry-later',
    advice: 'The file of `metrics.otlp.headersFile` must hold one `Name: value` a line, at most 16, and be readable.',
  },
  'metrics/credentials': {
    message: 'the collector of the metrics wants other credentials',
    remedy: 'retry-later',
    advice: 'Renew the token in the file of `metrics.otlp.headersFile`; it is read anew for each push.',
  },
  'metrics/busy': {
    message: 'the collector of the metrics asks to be left alone for now',
    remedy: 'retry-later',
    advice: 'It is tried again by itself, no sooner than the collector says. Push less often where it comes again.',
  },
  'metrics/refused': {
    message: 'the collector does not take the metrics',
    remedy: 'retry-later',
    advice:
      'Check the path in `metrics.otlp.url`, usually /v1/metrics, and that the collector takes OTLP over HTTP in JSON.',
  },
  'metrics/partial': {
    message: 'the collector took only a part of the metrics',
    remedy: 'retry-later',
    advice: 'See the collector’s log: limits on names, labels or series. `metrics.otlp.rejected` of the status counts.',
  },
} as const satisfies FaultRows<'metrics'>;
