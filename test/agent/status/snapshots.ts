import type { Snapshots } from '../../../agent/status/status.ts';
import { Fault } from '../../../drivers/contract/fault.ts';

export const BUS = {
  id: 'rs485-a',
  open: true,
  fault: null,
  utilisation: 0.123456,
  exchanges: 100,
  timeouts: 1,
  checksumErrors: 2,
  lateFrames: 3,
  foreignFrames: 4,
  truncatedFrames: 5,
  echoes: 6,
  noise: 7,
  reopens: 8,
  silentReopens: 13,
  orderlyCloses: 14,
  latencyTimerMs: 16,
  queued: 9,
  rejected: 10,
  expired: 11,
  overruns: 12,
} as const;

export const DEVICE = {
  id: 'meter-1',
  bus: 'rs485-a',
  health: 'online',
  lastGoodAt: Date.UTC(2026, 10, 23, 10, 15),
  fault: null,
  latencyMs: 12.345,
  timeoutMs: 305,
  readings: 10,
  failures: 1,
  passedOver: 0,
  thinned: 3,
  unreadable: [],
} as const;

export const SNAPSHOTS: Snapshots = {
  version: '0.1.0',
  boot: '6f1c2d3e-0000-4000-8000-000000000000',
  configHash: 'ab12'.repeat(16),
  uptime: 61_999,
  wall: Date.UTC(2026, 10, 23, 10, 15),
  clock: 'synchronized',
  homeAssistant: { on: false, fault: null },
  sparkplug: { on: false, born: false, fault: null, certificate: { daysLeft: null, fault: null } },
  link: {
    ...{ connected: false, connectedSince: null, reconnects: 2, fault: new Fault('link/unreachable') },
    ...{ lastFault: new Fault('link/unreachable'), takeovers: 1, broker: null },
    ...{ terms: null, tooLarge: 4, denied: 0 },
    certificate: { daysLeft: 12, fault: new Fault('link/certificate-ends') },
  },
  metrics: {
    textfile: { on: true, fault: null },
    otlp: { on: true, fault: new Fault('metrics/partial'), rejected: 3 },
  },
  outbox: {
    ...{ taken: 100, held: 5, bytes: 500, dropped: 0, durable: false },
    ...{ damaged: 0, fault: null, writtenBytes: 4096 },
  },
  sequence: { writtenBytes: 4096, skipped: 7 },
  forwarding: { refused: 0, fault: null },
  buses: [BUS, { ...BUS, id: 'gps', open: false, fault: 'port/missing' }],
  devices: [
    DEVICE,
    { ...DEVICE, id: 'gnss', bus: 'gps', health: 'offline', fault: 'device/stale', latencyMs: null, timeoutMs: null },
  ],
  recorders: new Map([['gps', 'off']]),
  outputs: new Map([
    ['meter-1', { outcome: 'failed', code: 'command/not-kept', tries: 3, at: Date.UTC(2026, 10, 23, 10, 15) } as const],
  ]),
  commands: {
    ...{ enabled: true, lockedOut: false, durable: true, clockFault: null, executed: 3, refused: 2, repeated: 1 },
    audit: { entries: 5, head: 'cd34'.repeat(16), durable: true, lost: 0 },
  },
  process: { rssBytes: 50_000_000, eventLoopDelayMs: 1.26, eventLoopDelayMaxMs: 3 },
};

export const TERMS = { version: 4, retained: false, maximumQos: 0, maximumPacketSize: 3000 } as const;
