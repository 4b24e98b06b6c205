import type { Figures } from '../figures.ts';

/** Somebody who looks at the page. */
export interface Onlooker {
  /** Earlier events do not count. */
  begin(): Promise<void>;
  end(seconds: number): Promise<Figures>;
  close(): Promise<void>;
}
