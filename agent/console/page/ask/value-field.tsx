import { useId } from 'preact/hooks';
import type { Shown, ShownPoint } from '../../wire.ts';
import { Button } from '../parts/button.tsx';
import { limitsWords, valueWords } from '../words/values.ts';
import { stepped } from './check-value.ts';

interface ValueFieldProps {
  readonly point: ShownPoint;
  readonly typed: string;
  readonly value: Shown;
  readonly wrong: string | undefined;
  readonly onTyped: (typed: string) => void;
  readonly onChosen: (value: Shown) => void;
}

/** Where the new value is given: typed with steps, or chosen of those that there are. */
export function ValueField({ point, typed, value, wrong, onTyped, onChosen }: ValueFieldProps) {
  const field = useId();
  const note = useId();
  const choices = point.type === 'boolean' ? [true, false] : point.write?.oneOf;
  return (
    <>
      {choices === undefined ? (
        <div class="field">
          <label for={field}>New value</label>
          <span class="typed">
            {point.type !== 'text' && (
              <Button label="One step down" onPress={() => onTyped(stepped(point, typed, -1))}>
                −
              </Button>
            )}
            <input
              id={field}
              // biome-ignore lint/a11y/noAutofocus: the dialog was opened to type here
              autoFocus
              autocomplete="off"
              inputMode={point.type === 'text' ? 'text' : 'decimal'}
              maxLength={256}
              value={typed}
              aria-invalid={wrong !== undefined}
              aria-describedby={note}
              onInput={(event) => onTyped(event.currentTarget.value)}
            />
            {point.type !== 'text' && (
              <Button label="One step up" onPress={() => onTyped(stepped(point, typed, 1))}>
                +
              </Button>
            )}
            <span class="unit">{point.unit ?? ''}</span>
          </span>
        </div>
      ) : (
        <fieldset>
          <legend>New value</legend>
          {choices.map((choice) => (
            <label key={String(choice)} class="choice">
              <input type="radio" name={field} checked={value === choice} onChange={() => onChosen(choice)} />
              {valueWords(choice)}
            </label>
          ))}
        </fieldset>
      )}
      <p id={note} class={wrong === undefined ? 'dim' : 'wrong'} role={wrong === undefined ? undefined : 'alert'}>
        {wrong ??
          (choices === undefined ? `From ${limitsWords(point)}.`.replace('From a', 'A').replace('From at', 'At') : '')}
      </p>
    </>
  );
}
