import { useState } from 'preact/hooks';
import type { AskedCommand, CommandReply } from '../../wire.ts';
import { desk } from '../state/desk.ts';

/** Where a dialog is with its command. */
export type Stage =
  | { readonly at: 'before' }
  | { readonly at: 'sent' }
  | { readonly at: 'ended'; readonly reply: CommandReply };

export function useConversation(): readonly [Stage, (asked: AskedCommand) => Promise<void>, () => void] {
  const [stage, setStage] = useState<Stage>({ at: 'before' });
  const send = async (asked: AskedCommand) => {
    setStage({ at: 'sent' });
    setStage({ at: 'ended', reply: await desk.send(asked) });
  };
  return [stage, send, () => setStage({ at: 'before' })];
}
