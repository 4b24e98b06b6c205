import { good, type SecurityFinding } from './finding.ts';

const DAY = 86_400_000;
/** A month is what it takes to order, sign and carry out a renewal. */
const RENEW_WITHIN = 30;

/**
 * How long a certificate is still good. Pure.
 * @param validTo as OpenSSL prints it: `Nov 23 23:16:09 2027 GMT`
 * @param now milliseconds since 1970
 */
export function judgeExpiry(name: string, validTo: string | undefined, now: number): SecurityFinding {
  const end = Date.parse(validTo ?? '');
  if (!Number.isFinite(end)) return { name, state: 'unknown', advice: 'see `openssl x509 -enddate -noout -in FILE`' };
  if (end <= now) return { name, state: 'bad', advice: 'it has expired: renew it, and check the clock' };
  const days = Math.floor((end - now) / DAY);
  if (days >= RENEW_WITHIN) return good(name);
  return { name, state: 'weak', advice: `renew it: ${days} ${days === 1 ? 'day is' : 'days are'} left` };
}
