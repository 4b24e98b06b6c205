import type { ApiError, AskedCommand, CommandReply, History, PlantEvent } from '../../wire.ts';
import { inMs } from '../clock.ts';

/** How the page hears the console's server: `over` is for good, where the session is not known any more. */
export type Reception = 'opening' | 'open' | 'lost' | 'over';

const AGAIN_MS = 2000;
/** Longer than any command that the server waits for. */
const COMMAND_MS = 90_000;

export interface Ear {
  readonly told: (event: PlantEvent, whole: boolean) => void;
  readonly hearing: (state: Reception) => void;
}

/** Hears the events for as long as the page is open, and again after the server was away. */
export function hearPlant(ear: Ear): void {
  const source = new EventSource('/api/events');
  ear.hearing('opening');
  source.addEventListener('open', () => ear.hearing('open'));
  for (const name of ['plant', 'change'] as const) {
    source.addEventListener(name, ({ data }) => ear.told(JSON.parse(String(data)), name === 'plant'));
  }
  source.addEventListener('error', () => {
    ear.hearing('lost');
    // The browser tries again by itself only where the connection broke, not where the server said no.
    if (source.readyState === EventSource.CLOSED) tryLater(ear);
  });
}

async function tryLater(ear: Ear): Promise<void> {
  const status = await fetch('/api/events', { method: 'HEAD' }).then(
    (answer) => answer.status,
    () => 0,
  );
  if (status === 401 || status === 403) ear.hearing('over');
  else inMs(AGAIN_MS, () => hearPlant(ear));
}

/** Never fails: where no answer comes, nobody knows what the device did, and the reply says so. */
export async function askCommand(asked: AskedCommand): Promise<CommandReply> {
  const ended = new AbortController();
  const enough = inMs(COMMAND_MS, () => ended.abort());
  try {
    const answer = await fetch('/api/commands', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-fieldward-console': '1' },
      body: JSON.stringify(asked),
      signal: ended.signal,
    });
    if (answer.ok) return (await answer.json()) as CommandReply;
    if (answer.status >= 500) return withoutAnswer();
    const { error } = (await answer.json()) as ApiError;
    return { outcome: 'refused', words: error, fault: null, values: null, confirm: null };
  } catch {
    return withoutAnswer();
  } finally {
    enough();
  }
}

function withoutAnswer(): CommandReply {
  const words =
    'The console gave no answer, so nobody knows what became of it. The device may have acted: look before you ask again.';
  return { outcome: 'unknown', words, fault: null, values: null, confirm: null };
}

/** @returns undefined where it can not be had now */
export async function askHistory(
  series: { readonly gateway: string; readonly device: string; readonly point: string },
  span?: { readonly from: number; readonly to: number },
): Promise<History | undefined> {
  const query = new URLSearchParams({ ...series });
  if (span !== undefined) {
    query.set('from', String(Math.floor(span.from)));
    query.set('to', String(Math.ceil(span.to)));
  }
  try {
    const answer = await fetch(`/api/history?${query}`);
    return answer.ok ? ((await answer.json()) as History) : undefined;
  } catch {
    return undefined;
  }
}
