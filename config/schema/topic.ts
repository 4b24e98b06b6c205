import * as z from 'zod';

/**
 * One to six levels: nothing that a broker or an access list could read as a wildcard. Clients can't publish below
 * `$SYS`, nor a client that subscribes hear anything below `$share` (MQTT 5, 4.7.2 and 4.8.2).
 */
const LEVELS = /^(?!\$(?:SYS|share)(?:\/|$))[A-Za-z0-9_.$-]{1,63}(?:\/[A-Za-z0-9_.$-]{1,63}){0,5}$/;

export function topicLevels() {
  return z
    .string({ error: 'must be text' })
    .regex(LEVELS, { error: 'must be 1 to 6 topic levels of A-Z, a-z, 0-9, _, ., $ and -, with / between them' });
}
