/** `uncertain`: a value is out of its point's range, or nothing vouches for it. `bad`: there is no value, but a fault. */
export type Quality = 'good' | 'uncertain' | 'bad';
