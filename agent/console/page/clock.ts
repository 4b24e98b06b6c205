/** The page's only timers and clocks. */

export function wallClock(): number {
  return Date.now();
}

/** Once, before the screen is drawn next. A page that nobody sees draws nothing and waits. */
export function beforeNextFrame(run: () => void): void {
  requestAnimationFrame(() => run());
}

/** @returns ends it */
export function eachSecond(run: () => void): () => void {
  const timer = setInterval(run, 1000);
  return () => clearInterval(timer);
}

/** @returns calls it off */
export function inMs(span: number, run: () => void): () => void {
  const timer = setTimeout(run, span);
  return () => clearTimeout(timer);
}
