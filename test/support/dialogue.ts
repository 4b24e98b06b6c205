import type { Dialogue, Exchange, Stray } from '../../drivers/contract/dialogue.ts';
import type { Sample } from '../../drivers/contract/reading.ts';

/** The result of a dialogue of one request by these bytes. */
export type Flat =
  | { readonly state: 'more' }
  | {
      readonly state: 'done';
      readonly samples: readonly Sample[];
      readonly used: number;
      readonly strays: readonly Stray[];
    }
  | Extract<ReturnType<Exchange<unknown>['judge']>, { state: 'failed' }>;

/** A dialogue of one request, with the parts of its exchange beside its own. */
export interface Asked extends Dialogue, Omit<Exchange<unknown>, 'judge' | 'answer'> {
  answer(received: Uint8Array, ended: boolean): Flat;
  /** Of the usual answer. */
  readonly answerLength: number;
  /** See `Exchange.answer`. */
  readonly most: number;
}

/** The request that it begins with. */
export function exchangeOf(dialogue: Dialogue | undefined): Exchange<unknown> {
  const step = dialogue?.begin(undefined);
  if (step?.kind !== 'ask') throw new Error('nothing is asked');
  return step.exchange;
}

/** @param run see `Dialogue.begin` */
export function asked(dialogue: Dialogue | undefined, run?: number): Asked {
  const step = dialogue?.begin(undefined, run);
  if (dialogue === undefined || step?.kind !== 'ask') throw new Error('nothing is asked');
  const { exchange } = step;
  return {
    ...dialogue,
    ...exchange,
    answerLength: exchange.answer.usual,
    most: exchange.answer.most,
    answer(received, ended) {
      const verdict = exchange.judge(received, ended);
      if (verdict.state !== 'done') return verdict;
      const end = step.next({ state: 'answered', result: verdict.result });
      if (end.kind === 'fail') {
        return { state: 'failed', ...end, answered: true, strays: verdict.strays };
      }
      if (end.kind !== 'end') throw new Error('it goes on');
      return { state: 'done', samples: end.samples, used: verdict.used, strays: verdict.strays };
    },
  };
}
