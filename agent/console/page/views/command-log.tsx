import { Badge } from '../parts/sign.tsx';
import { desk, type Entry, LOG } from '../state/desk.ts';
import { useTopics } from '../state/hooks.ts';
import { clockWords } from '../words/spans.ts';
import { outcomeTone } from '../words/tones.ts';
import { valueWords } from '../words/values.ts';
import { ViewTitle } from './title.tsx';

/** The commands that were asked from this page, the newest first. */
export function CommandLog() {
  useTopics(LOG);
  return (
    <>
      <ViewTitle title="Commands" />
      <p class="dim">
        Asked from this page since it was opened. The gateways keep the record that counts: `fieldward audit`.
      </p>
      {desk.entries.length === 0 ? (
        <p class="empty">Nothing has been asked yet.</p>
      ) : (
        <ol class="log">
          {desk.entries.map((entry) => (
            <LogEntry key={entry.number} entry={entry} />
          ))}
        </ol>
      )}
    </>
  );
}

function LogEntry({ entry: { at, asked, reply } }: { readonly entry: Entry }) {
  const args = Object.entries(asked.args).map(([name, value]) => `${name} = ${valueWords(value)}`);
  return (
    <li>
      <time dateTime={new Date(at).toISOString()}>{clockWords(at)}</time>
      <span class="asked">
        <strong>{asked.command}</strong>{' '}
        {asked.device === undefined ? asked.gateway : `${asked.gateway} ${asked.device}`} {args.join(', ')}
      </span>
      {reply === undefined ? (
        <Badge tone="off" words="on its way" />
      ) : (
        <Badge tone={outcomeTone(reply.outcome)} words={reply.outcome} />
      )}
      <span class="dim">{reply?.words ?? ''}</span>
    </li>
  );
}
