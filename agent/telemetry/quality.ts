/** `uncertain`: a value is out of its point's range. `bad`: there is no value, but a fault. */
export type Quality = 'good' | 'uncertain' | 'bad';
