/** The next act of policy; the code says what happened. */
export type Remedy = 'refuse' | 'retry-later' | 'reopen-port' | 'give-up';

/** The table's row of one failure. */
export interface FaultRow {
  /** Public words. They name no value, path, host, user or device text. */
  readonly message: string;
  readonly remedy: Remedy;
  /** The operator's remedies; the reference page is generated from this. */
  readonly advice: string;
}

/** The failures of one area: each code is `area/what`. */
export type FaultRows<Area extends string> = Readonly<Record<`${Area}/${string}`, FaultRow>>;
