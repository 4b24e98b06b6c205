import { useState } from 'preact/hooks';
import type { Shown, ShownPoint } from '../../wire.ts';
import { Age } from '../parts/age.tsx';
import { Button } from '../parts/button.tsx';
import { Modal } from '../parts/modal.tsx';
import { desk } from '../state/desk.ts';
import { useNow, useTopics } from '../state/hooks.ts';
import { type DeviceNow, valuesTopic } from '../state/plant.ts';
import { limitsWords, withUnit } from '../words/values.ts';
import { checkedValue } from './check-value.ts';
import { useConversation } from './conversation.ts';
import { OutcomeNote } from './outcome.tsx';
import { ValueField } from './value-field.tsx';

/** Changes one value: the present one, its limits, the new one, and the outcome. Where the gateway asks for it, in two steps. */
export function WriteDialog({ device, point }: { readonly device: DeviceNow; readonly point: ShownPoint }) {
  useTopics(valuesTopic(device.key));
  const [value, setValue] = useState<Shown>(() => device.values.get(point.name)?.value ?? null);
  const [typed, setTyped] = useState(() => (typeof value === 'number' ? String(value) : ''));
  const [wrong, setWrong] = useState<string>();
  const [stage, send, begin] = useConversation();
  const now = device.values.get(point.name);
  const reply = stage.at === 'ended' ? stage.reply : undefined;
  const selection = reply?.outcome === 'selected' ? reply.confirm : null;
  const isOver = reply !== undefined && selection === null;
  const close = () => desk.ask(undefined);
  const isTyped = point.type !== 'boolean' && point.write?.oneOf === undefined;
  const { gateway, id } = device.told;

  const submit = () => {
    const checked = isTyped ? checkedValue(point, typed) : { value };
    if ('wrong' in checked) return setWrong(checked.wrong);
    if (checked.value === null) return setWrong('Choose a value.');
    setWrong(undefined);
    setValue(checked.value);
    const asked = { gateway, device: id, command: 'write', args: { [point.name]: checked.value } };
    return send(selection === null ? asked : { ...asked, confirm: selection.token });
  };

  return (
    <Modal title={`Change ${point.label ?? point.name}`} onClosed={close}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          return submit();
        }}
      >
        <dl class="told">
          <div>
            <dt>Device</dt>
            <dd>
              {device.told.label ?? id} at {gateway}
            </dd>
          </div>
          <div>
            <dt>Now</dt>
            <dd>
              <strong>{withUnit(now?.value, point.unit)}</strong>, <Age at={now === undefined ? null : device.toldAt} />
            </dd>
          </div>
          <div>
            <dt>Allowed</dt>
            <dd>{limitsWords(point)}</dd>
          </div>
        </dl>
        {stage.at === 'before' ? (
          <ValueField point={point} typed={typed} value={value} wrong={wrong} onTyped={setTyped} onChosen={setValue} />
        ) : (
          <p>
            New value: <strong>{withUnit(value, point.unit)}</strong>
          </p>
        )}
        <div aria-live="polite">
          {stage.at === 'sent' && <p class="waiting">Asked. Waiting for the answer …</p>}
          {reply !== undefined && <OutcomeNote reply={reply} />}
          {selection !== null && <Remaining until={selection.until} />}
        </div>
        <div class="choices">
          <Button onPress={close}>{isOver ? 'Close' : 'Cancel'}</Button>
          {isOver && <Button onPress={begin}>Another value</Button>}
          {!isOver && (
            <Button kind="main" submits disabled={stage.at === 'sent'}>
              {selection !== null ? 'Operate' : point.write?.confirm === true ? 'Select' : 'Write'}
            </Button>
          )}
        </div>
      </form>
    </Modal>
  );
}

function Remaining({ until }: { readonly until: number }) {
  const left = Math.ceil((until - useNow()) / 1000);
  return <p class="dim">{left > 0 ? `Operate within ${left} s.` : 'The time is over: cancel and select again.'}</p>;
}
