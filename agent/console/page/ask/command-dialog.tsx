import type { AskedCommand } from '../../wire.ts';
import { Button } from '../parts/button.tsx';
import { Modal } from '../parts/modal.tsx';
import { desk } from '../state/desk.ts';
import { useConversation } from './conversation.ts';
import { OutcomeNote } from './outcome.tsx';

export function CommandDialog(props: {
  readonly asked: AskedCommand;
  readonly title: string;
  readonly explained: string;
}) {
  const [stage, send] = useConversation();
  const close = () => desk.ask(undefined);
  return (
    <Modal title={props.title} onClosed={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          return send(props.asked);
        }}
      >
        <p>{props.explained}</p>
        <div aria-live="polite">
          {stage.at === 'sent' && <p class="waiting">Asked. Waiting for the answer …</p>}
          {stage.at === 'ended' && <OutcomeNote reply={stage.reply} />}
        </div>
        <div class="choices">
          <Button onPress={close}>{stage.at === 'ended' ? 'Close' : 'Cancel'}</Button>
          {stage.at !== 'ended' && (
            <Button kind="main" submits disabled={stage.at === 'sent'}>
              {props.title.replace(/[?:].*$/, '')}
            </Button>
          )}
        </div>
      </form>
    </Modal>
  );
}
