import type { Instant } from '../clock/clock.ts';

/** Commands of people go first; polls are what fills the line. */
export type Lane = 'command' | 'poll';

/** The facts of a waiting operation that the decision needs. */
export interface Queued {
  /** The last instant at which it may still start. */
  readonly expiresAt: Instant;
  /** Its device must be left alone until then; infinity while nobody knows. Operations behind it do not wait for it. */
  readonly readyAt?: Instant | undefined;
}

export type LineState =
  /** Nothing may start before `from`. */
  | { readonly state: 'free'; readonly from: Instant }
  /** At `until` it is told to stop. */
  | { readonly state: 'running'; readonly until: Instant }
  /** It was told; if it has not ended at `until`, the line is stuck. */
  | { readonly state: 'stopping'; readonly until: Instant }
  | { readonly state: 'stuck' };

export interface ThrottleState<E extends Queued> {
  readonly line: LineState;
  /** Oldest first. */
  readonly commands: readonly E[];
  readonly polls: readonly E[];
  /** Commands started since the last poll. */
  readonly burst: number;
  readonly commandBurst: number;
}

export type Decision<E> =
  | { readonly action: 'expire'; readonly entries: readonly E[] }
  | { readonly action: 'start'; readonly entry: E }
  /** The running operation has used up its time. */
  | { readonly action: 'tell-to-stop' }
  /** An operation that was told to stop has not. */
  | { readonly action: 'declare-stuck' }
  /** `silence` is the gap before the next start and wants a precise wait; `deadline` does not. */
  | { readonly action: 'wait'; readonly until: Instant; readonly reason: 'silence' | 'deadline' }
  /** Nothing will happen by itself. */
  | { readonly action: 'idle' };

/** The next action of the throttle. It is asked again after each action until it says `wait` or `idle`. Pure. */
export function plan<E extends Queued>(state: ThrottleState<E>, now: Instant): Decision<E> {
  const { line } = state;
  // An operation that waited too long loses its place before any starts; one that is due just now may still be the one
  // that starts.
  const expiry = Math.min(earliest(state.commands), earliest(state.polls));
  if (expiry < now) return { action: 'expire', entries: all(state).filter((entry) => entry.expiresAt < now) };
  const next = nextInTurn(state, now);
  if (line.state === 'free' && next !== undefined && line.from <= now) return { action: 'start', entry: next };
  if (expiry <= now) return { action: 'expire', entries: all(state).filter((entry) => entry.expiresAt <= now) };
  if (line.state === 'running' && line.until <= now) return { action: 'tell-to-stop' };
  if (line.state === 'stopping' && line.until <= now) return { action: 'declare-stuck' };

  if (line.state === 'free' && next !== undefined && line.from <= expiry) {
    return { action: 'wait', until: line.from, reason: 'silence' };
  }
  const until = Math.min(endOf(line), expiry, nextReady(state, now));
  return until === Number.POSITIVE_INFINITY ? { action: 'idle' } : { action: 'wait', until, reason: 'deadline' };
}

/** The instant when the first waiting operation expires, or the running one must end: no alarm may miss it. Pure. */
export function nextDeadline({
  line,
  commands,
  polls,
}: Pick<ThrottleState<Queued>, 'line' | 'commands' | 'polls'>): Instant {
  return Math.min(earliest(commands), earliest(polls), endOf(line));
}

function all<E extends Queued>({ commands, polls }: ThrottleState<E>): readonly E[] {
  return [...commands, ...polls];
}

function endOf(line: LineState): Instant {
  return line.state === 'running' || line.state === 'stopping' ? line.until : Number.POSITIVE_INFINITY;
}

function earliest(entries: readonly Queued[]): Instant {
  let least = Number.POSITIVE_INFINITY;
  for (const { expiresAt } of entries) least = Math.min(least, expiresAt);
  return least;
}

/** When another waiting operation becomes ready. While the line is in use its end comes first. */
function nextReady(state: ThrottleState<Queued>, now: Instant): Instant {
  let least = Number.POSITIVE_INFINITY;
  if (state.line.state !== 'free') return least;
  for (const { readyAt } of all(state)) if (readyAt !== undefined && readyAt > now) least = Math.min(least, readyAt);
  return least;
}

/** Of those that are ready: commands first, but after a burst of them one poll, so that neither lane can starve the other. */
function nextInTurn<E extends Queued>(state: ThrottleState<E>, now: Instant): E | undefined {
  const { burst, commandBurst } = state;
  const isReady = ({ readyAt }: E) => readyAt === undefined || readyAt <= now;
  const command = state.commands.find(isReady);
  const poll = state.polls.find(isReady);
  if (command === undefined || poll === undefined) return command ?? poll;
  return burst < commandBurst ? command : poll;
}
