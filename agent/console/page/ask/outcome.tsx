import type { CommandReply } from '../../wire.ts';
import { FaultNote } from '../parts/fault-note.tsx';
import { Badge } from '../parts/sign.tsx';
import { outcomeTone } from '../words/tones.ts';
import { valueWords } from '../words/values.ts';

/** More values than these are in the tables anyway. */
const MOST_VALUES = 30;

/** The outcome of a command, as it is. */
export function OutcomeNote({ reply }: { readonly reply: CommandReply }) {
  const values = Object.entries(reply.values ?? {});
  return (
    <div class={`outcome ${outcomeTone(reply.outcome)}`}>
      <Badge tone={outcomeTone(reply.outcome)} words={reply.outcome} />
      <p>{reply.words}</p>
      {reply.fault !== null && <FaultNote fault={reply.fault} />}
      {values.length > 0 && (
        <dl class="told">
          {values.slice(0, MOST_VALUES).map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{valueWords(value)}</dd>
            </div>
          ))}
        </dl>
      )}
      {values.length > MOST_VALUES && <p class="dim">and {values.length - MOST_VALUES} more</p>}
    </div>
  );
}
