import type { Tone } from '../words/tones.ts';

/** Shapes that differ without colour: a disc, a triangle, a diamond, a ring. */
const SHAPES: Readonly<Record<Tone, string>> = {
  good: 'M6 1a5 5 0 1 0 0 10a5 5 0 1 0 0-10z',
  warn: 'M6 .8 11.6 11H.4z',
  bad: 'M6 .2 11.8 6 6 11.8.2 6z',
  off: 'M6 1a5 5 0 1 0 0 10a5 5 0 1 0 0-10zm0 2a3 3 0 1 1 0 6a3 3 0 1 1 0-6z',
};

/** A state as a sign, a colour and a word. */
export function Badge({ tone, words }: { readonly tone: Tone; readonly words: string }) {
  return (
    <span class={`badge ${tone}`}>
      <svg class="sign" viewBox="0 0 12 12" aria-hidden="true">
        <path d={SHAPES[tone]} fill-rule="evenodd" />
      </svg>
      {words}
    </span>
  );
}

/** A share from 0 to 1 as a number and a bar. */
export function Share({ share, words }: { readonly share: number | null; readonly words: string }) {
  const width = Math.round(Math.min(1, Math.max(0, share ?? 0)) * 100);
  return (
    <span class="used">
      <span class="number">{words}</span>
      <svg class={width > 85 ? 'bar high' : 'bar'} viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
        <rect class="track" width="100" height="6" />
        <rect class="filled" width={width} height="6" />
      </svg>
    </span>
  );
}
