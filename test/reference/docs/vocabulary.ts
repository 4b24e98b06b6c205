/** Words that no page and no message has: a tired reader of another language stumbles over them. Each with what to write. */
export const FORBIDDEN: readonly (readonly [word: RegExp, instead: string])[] = [
  [/\bwhoever\b/i, 'name the person or the thing'],
  [/\bwhatsoever\b/i, 'leave it out'],
  [/\bthose who\b/i, 'name them'],
  [/\b(?:utilize[sd]?|leverage[sd]?)\b/i, 'use'],
  [/\bin order to\b/i, 'to'],
  [/\b(?:e\.g\.|i\.e\.|etc\.)/i, 'as …, that is, and so on'],
  [/\b(?:simply|obviously|of course|seamless(?:ly)?|powerful|robust)\b/i, 'leave it out'],
  [/\bplease\b/i, 'leave it out'],
];

/** A clause of `who` or `what` that is the subject, as in `What is bad is told.` A question may begin so, and a label. */
export const CLAUSE_AS_SUBJECT = /^(?:Who|Whom|Whose|Whoever|Those who|What|Whatever)\b(?! to do:).*[.]$/;

/** The same idea has the same word everywhere: each with the words that say it elsewhere. Code is what it is. */
export const ONE_WORD: Readonly<Record<string, RegExp>> = {
  device: /\bslaves?\b/i,
  point: /\b(?:data ?points?|tag values?)\b/i,
  poll: /\b(?:scan|polling) cycles?\b/i,
  period: /\b(?:poll(?:ing)?|scan) (?:rate|interval)s?\b/i,
  agent: /\bdaemons?\b/i,
  config: /\bconfigurations?\b/i,
  'baud rate': /\b[Bb]audrates?\b/,
  'fault code': /\berror codes?\b/i,
  folder: /(?<!(?:state|runtime) |\.)\bdirector(?:y|ies)\b/i,
  outbox: /\b(?:ring buffer|message store|store.and.forward)\b/i,
  profile: /\bdevice templates?\b/i,
};
