import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditEntry } from '../../../agent/audit/audit.ts';
import type { ClockState } from '../../../agent/clock/clock.ts';
import { Commands } from '../../../agent/command/commands.ts';
import { Signatures } from '../../../agent/command/signature/signatures.ts';
import { WriteRules } from '../../../agent/command/write/rules.ts';
import type { DeviceControl, GatewayControl, WriteResult } from '../../../agent/device/control.ts';
import type { IncomingMessage } from '../../../agent/link/link.ts';
import type { Log, LogFields } from '../../../agent/log/log.ts';
import type { SigningConfig } from '../../../config/config.ts';
import { Fault } from '../../../drivers/contract/fault.ts';
import type { Point, Value } from '../../../drivers/contract/reading.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { FakeLink } from '../../support/fake-link.ts';

export const POINTS: readonly Point[] = [
  { name: 'relay', type: 'boolean', writable: true },
  { name: 'setpoint', type: 'number', writable: true, min: 0, max: 100, step: 0.5 },
  { name: 'mode', type: 'text', writable: true, choices: ['auto', 'hand'] },
  { name: 'label', type: 'text', writable: true },
  { name: 'voltage', type: 'number', writable: false },
];

/** A device that does what a test tells it to, and keeps what it was asked. */
export class FakeDevice implements DeviceControl {
  readonly id: string;
  readonly points = POINTS;
  allow: readonly string[] = ['read', 'write', 'pause', 'resume'];
  loaded = true;
  readonly calls: string[] = [];
  readonly written: ReadonlyMap<string, Value>[] = [];
  onRead: (names: readonly string[], signal: AbortSignal) => Promise<Readonly<Record<string, Value>>> = async (names) =>
    Object.fromEntries(names.map((name) => [name, 1]));
  onWrite: (stillValid: () => void, signal: AbortSignal) => Promise<WriteResult> = async (stillValid) => {
    stillValid();
    return { outcome: 'applied' };
  };

  constructor(id: string) {
    this.id = id;
  }

  read(names: readonly string[], signal: AbortSignal): Promise<Readonly<Record<string, Value>>> {
    this.calls.push('read');
    return this.onRead(names, signal);
  }

  /** Set by a test where some points can be read and others not. */
  readEach?: DeviceControl['readEach'];

  write(values: ReadonlyMap<string, Value>, stillValid: () => void, signal: AbortSignal): Promise<WriteResult> {
    this.calls.push('write');
    this.written.push(values);
    return this.onWrite(stillValid, signal);
  }

  pause(): void {
    this.calls.push('pause');
  }

  resume(): void {
    this.calls.push('resume');
  }
}

export class FakeGateway implements GatewayControl {
  readonly calls: string[] = [];
  onStatus: () => Readonly<Record<string, unknown>> = () => ({ version: '1' });

  reopen(bus: string): void {
    if (bus !== 'rs485-a') throw new Fault('command/unknown-bus');
    this.calls.push('reopen');
  }

  status(): Readonly<Record<string, unknown>> {
    return this.onStatus();
  }

  diagnostics(): Readonly<Record<string, unknown>> {
    this.calls.push('diagnostics');
    return { heap: 1 };
  }

  setLogLevel(level: string, forMs: number): void {
    this.calls.push(`loglevel ${level} ${forMs}`);
  }

  restart(): void {
    this.calls.push('restart');
  }
}

export interface Line {
  readonly event: string;
  readonly fields: LogFields;
}

class FakeLog implements Log {
  readonly lines: Line[] = [];
  error(event: string, fields: LogFields = {}): void {
    this.lines.push({ event, fields });
  }
  warn = this.error;
  info = this.error;
  debug = this.error;
  with(): Log {
    return this;
  }
}

export interface Setup {
  readonly enabled?: boolean;
  readonly allow?: readonly string[];
  readonly maxAgeMs?: number;
  readonly lockoutFile?: string;
  readonly requireClock?: boolean;
  readonly directory?: string;
  readonly signing?: SigningConfig;
}

/** Commands between a fake link and fake devices. */
export async function bench(setup: Setup = {}) {
  const clock = new FakeClock();
  const link = new FakeLink();
  const log = new FakeLog();
  const gateway = new FakeGateway();
  const meter = new FakeDevice('meter-1');
  const pump = new FakeDevice('pump-1');
  const state: { clock: ClockState } = { clock: 'synchronized' };
  const { enabled = true, allow = ['read', 'write', 'pause', 'resume', 'reopen'], maxAgeMs = 30_000 } = setup;
  const { requireClock = true, directory, signing = { required: [], keys: [] } } = setup;
  const audited: AuditEntry[] = [];
  const devices = [meter, pump];
  const commands = new Commands({
    clock,
    link,
    log,
    config: { prefix: 'fieldward', gateway: 'gw', commands: { enabled, allow, maxAgeMs, requireClock, directory } },
    devices: new Map(devices.map((device) => [device.id, device])),
    signatures: await Signatures.load(signing),
    guard: new WriteRules({ devices, clock, log }),
    audit: { append: (entry) => audited.push(entry) },
    gateway,
    clockState: () => state.clock,
    lockoutFile: setup.lockoutFile ?? join(tmpdir(), `no-lockout-${randomUUID()}`),
  });
  await commands.start(new AbortController().signal);
  link.start();
  link.connect();

  let count = 0;
  const envelope = (args?: unknown, more: object = {}) => ({
    id: `id-${++count}`,
    expiresAt: iso(clock.wall() + 10_000),
    args,
    ...more,
  });
  /** Delivers and lets everything run. Gives all that was published since. */
  const send = async (path: string, body: unknown, more: Partial<IncomingMessage> = {}) => {
    const before = link.published.length;
    deliver(path, body, more);
    await settle();
    return link.published.slice(before).map((message) => ({ ...message, reply: JSON.parse(message.payload) }));
  };
  /** One copy for each subscription that fits, as a broker with overlapping subscriptions sends. */
  const deliver = (path: string, body: unknown, more: Partial<IncomingMessage> = {}) => {
    const topic = `fieldward/gw/${path}`;
    const payload = bytes(body);
    for (const filter of link.filters) if (fits(filter, topic)) link.deliver({ topic, payload, ...more });
  };
  return { clock, link, log, gateway, meter, pump, state, commands, audited, envelope, send, deliver };
}

function fits(filter: string, topic: string): boolean {
  const wanted = filter.split('/');
  const levels = topic.split('/');
  return wanted.length === levels.length && wanted.every((level, i) => level === '+' || level === levels[i]);
}

export function bytes(body: unknown): Uint8Array {
  if (body instanceof Uint8Array) return body;
  return new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body));
}

export function iso(wall: number): string {
  return new Date(wall).toISOString();
}
