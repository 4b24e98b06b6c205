import { useNow } from '../state/hooks.ts';
import { ageWords, timeWords } from '../words/spans.ts';

/** How long ago, growing; the time itself in the title. */
export function Age({ at }: { readonly at: number | null }) {
  const now = useNow();
  if (at === null || at === 0) return <span class="dim">never</span>;
  return (
    <time dateTime={new Date(at).toISOString()} title={timeWords(at)}>
      {ageWords(at, now)}
    </time>
  );
}
