import { setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';

setFlagsFromString('--allow-natives-syntax');
const same: (one: object, other: object) => boolean = runInThisContext('(one, other) => %HaveSameMap(one, other)');

/**
 * Whether V8 has one hidden class for all that `make` gives from now on. The first ones do not count: V8 learns from them
 * which kinds of values the fields hold.
 */
export function haveOneHiddenClass(make: (count: number) => object): boolean {
  const made = Array.from({ length: 20 }, (_, count) => make(count)).slice(10);
  const [first] = made;
  return first !== undefined && made.every((each) => same(first, each));
}
