import { type Asked, CTL_COMMANDS } from '../cli/ctl/command.ts';
import { type HeardReply, outcomeWords } from '../cli/ctl/reply.ts';
import { recordIn, shownIn, wordIn } from '../cli/top/heard.ts';
import { shownFault } from './plant/shown.ts';
import type { CommandReply, Shown } from './wire.ts';

/** A reply with nothing but its words. */
export function plainReply(outcome: CommandReply['outcome'], words: string): CommandReply {
  return { outcome, words, fault: null, values: null, confirm: null };
}

/** The outcome of a command, as it is. Pure. @param heard undefined: nothing came back */
export function toldReply({ command }: Asked, heard: HeardReply | undefined): CommandReply {
  if (heard === undefined) {
    return CTL_COMMANDS[command]?.changes === false
      ? plainReply('failed', 'No reply came. Nothing was changed.')
      : plainReply('unknown', 'No reply came: it may have been done. Look before you ask again.');
  }
  const { outcome, whole } = heard;
  const code = replyFault(heard);
  return {
    ...plainReply(outcome, sentence(outcomeWords(outcome) ?? 'it was done')),
    fault: code === undefined ? null : shownFault(code),
    values: valuesOf(recordIn(whole.values)),
  };
}

/** The code of its fault. */
export function replyFault({ whole }: HeardReply): string | undefined {
  return wordIn(recordIn(whole.fault).get('code'));
}

function valuesOf(values: ReadonlyMap<string, unknown>): CommandReply['values'] {
  const shown = shownIn(values);
  if (shown.size === 0) return null;
  const table = Object.create(null) as Record<string, Shown>;
  for (const [point, value] of shown) table[point] = value;
  return table;
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}
