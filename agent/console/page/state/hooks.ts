import { useEffect, useLayoutEffect, useReducer, useState } from 'preact/hooks';
import { desk, NOW, ROUTE } from './desk.ts';

/** The part is drawn anew when one of these topics was touched. */
export function useTopics(...topics: readonly string[]): void {
  const [, again] = useReducer((count: number) => count + 1, 0);
  // In the same turn as the drawing, so that nothing is missed between the two.
  useLayoutEffect(() => {
    const ends = topics.map((topic) => desk.wakes.listen(topic, () => again(undefined)));
    return () => {
      for (const end of ends) end();
    };
  }, topics);
}

/** By the clock of the server; the part is drawn anew each second. */
export function useNow(): number {
  useTopics(NOW);
  return desk.now;
}

export function useRoute() {
  useTopics(ROUTE);
  return desk.route;
}

export function useMedia(query: string): boolean {
  const [fits, setFits] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const look = () => setFits(list.matches);
    look();
    list.addEventListener('change', look);
    return () => list.removeEventListener('change', look);
  }, [query]);
  return fits;
}
