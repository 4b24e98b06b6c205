/**
 * The failure table of Knuth, Morris and Pratt (SIAM J. Comput. 6, 1977): for each prefix of the pattern the length of
 * the longest proper prefix that is also its suffix. With it a search never looks at an earlier element again, so no
 * input can make it slow.
 */
export function failureTable(pattern: ArrayLike<number>): Uint16Array {
  const table = new Uint16Array(pattern.length);
  let length = 0;
  for (let at = 1; at < pattern.length; at++) {
    while (length > 0 && pattern[at] !== pattern[length]) length = table[length - 1] ?? 0;
    if (pattern[at] === pattern[length]) length++;
    table[at] = length;
  }
  return table;
}

/** How many elements of the pattern are matched after `element`, where `matched` were before; `pattern.length` is a find. */
export function advance(pattern: ArrayLike<number>, table: Uint16Array, matched: number, element: number): number {
  let length = matched;
  while (length > 0 && pattern[length] !== element) length = table[length - 1] ?? 0;
  return pattern[length] === element ? length + 1 : 0;
}
