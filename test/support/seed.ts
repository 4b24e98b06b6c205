import { onTestFinished } from 'vitest';

/** The value of `FIELDWARD_SEED`: a whole number, as fast-check and the tests tell it when they fail; undefined: none. */
export function givenSeed(): number | undefined {
  const text = process.env.FIELDWARD_SEED;
  if (text === undefined || text === '') return undefined;
  if (!/^-?\d{1,10}$/.test(text)) throw new Error('FIELDWARD_SEED must be a whole number');
  return Number(text);
}

/** Numbers from 0 to below 1 for one test. When it fails, it tells the seed that makes the same numbers again. */
export function randomForTest(): () => number {
  const seed = givenSeed() ?? Math.floor(Math.random() * 2 ** 31);
  onTestFinished(({ task }) => {
    if (task.result?.state === 'fail') process.stderr.write(`FIELDWARD_SEED=${seed} makes the same choices again\n`);
  });
  return randomOf(seed);
}

/** mulberry32: the same seed, the same numbers from 0 to below 1. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
