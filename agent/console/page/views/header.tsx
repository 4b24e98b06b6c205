import { Badge } from '../parts/sign.tsx';
import type { Place } from '../route.ts';
import { desk } from '../state/desk.ts';
import { useRoute, useTopics } from '../state/hooks.ts';
import { LINE } from '../state/plant.ts';
import type { Tone } from '../words/tones.ts';

const VIEWS: readonly (readonly [Place, string])[] = [
  [{ view: 'overview' }, 'Plant'],
  [{ view: 'devices' }, 'Devices'],
  [{ view: 'values' }, 'Values'],
  [{ view: 'commands' }, 'Commands'],
];

/** Views with lists that can be shortened to what is faulty. */
const FILTERED: ReadonlySet<string> = new Set<Place['view']>(['overview', 'devices', 'values', 'gateway']);

export function Header() {
  const { place, typed, faultyOnly } = useRoute();
  return (
    <header>
      <button type="button" class="skip" onClick={skip}>
        Skip to the content
      </button>
      <div class="brand">
        <strong>Fieldward</strong>
        <Connection />
      </div>
      <nav aria-label="Views">
        {VIEWS.map(([each, name]) => (
          <a key={name} href={desk.hrefOf(each)} aria-current={each.view === place.view ? 'page' : undefined}>
            {name}
          </a>
        ))}
      </nav>
      {/* biome-ignore lint/a11y/useSemanticElements: a role that older browsers know too */}
      <form class="search" role="search" onSubmit={(event) => event.preventDefault()}>
        <input
          type="search"
          aria-label="Search"
          placeholder="Search"
          maxLength={200}
          value={typed}
          onInput={(event) => desk.adjust({ typed: event.currentTarget.value })}
        />
        {FILTERED.has(place.view) && (
          <label class="only">
            <input
              type="checkbox"
              checked={faultyOnly}
              onChange={(event) => desk.adjust({ faultyOnly: event.currentTarget.checked })}
            />
            Faulty only
          </label>
        )}
      </form>
    </header>
  );
}

function skip(): void {
  document.querySelector('h1')?.focus();
}

function Connection() {
  useTopics(LINE);
  const [tone, words] = connectionWords();
  return (
    <span role="status">
      <Badge tone={tone} words={words} />
    </span>
  );
}

function connectionWords(): readonly [Tone, string] {
  const { hearing, plant } = desk;
  if (hearing === 'over') return ['bad', 'The session is over: start fieldward console again'];
  if (hearing === 'lost') return ['bad', 'The console does not answer: what is shown is old'];
  if (hearing === 'opening' || plant.broker === undefined) return ['off', 'Connecting …'];
  if (plant.broker === 'refused') return ['bad', 'The broker refuses the console'];
  if (plant.broker === 'connecting') return ['warn', 'The broker is away: what is shown is old'];
  if (plant.leftOut > 0) return ['warn', `Connected; ${plant.leftOut} parts of the plant are too many to show`];
  return ['good', 'Connected'];
}
