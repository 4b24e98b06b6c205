/** What policy does next; the code says what happened. */
export type Remedy = 'refuse' | 'retry-later' | 'reopen-port' | 'give-up';

/** What the table says of one failure. */
export interface FaultRow {
  /** Public words. They name no value, path, host, user or device text. */
  readonly message: string;
  readonly remedy: Remedy;
  /** What an operator can do about it; the reference page is generated from this. */
  readonly advice: string;
}

/** The failures of one area: each code is `area/what`. */
export type FaultRows<Area extends string> = Readonly<Record<`${Area}/${string}`, FaultRow>>;
