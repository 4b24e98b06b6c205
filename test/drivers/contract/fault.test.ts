import { stat } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { Fault, isSystemError, systemFault, toFault } from '../../../drivers/contract/fault.ts';

describe('what was thrown', () => {
  it('is the fault itself, or an unexpected one around it, whatever it is', () => {
    const fault = new Fault('device/silent');
    expect(toFault(fault)).toBe(fault);
    const hostile = new Proxy(
      {},
      {
        getPrototypeOf() {
          throw new Error('looked at');
        },
      },
    );
    for (const thrown of [new TypeError('x'), undefined, null, 'text', Object.create(null), hostile]) {
      expect(toFault(thrown).code).toBe('internal/unexpected');
    }
  });

  it('is the operating system’s word where that refused something, and else a mistake of ours', async () => {
    const missing = await stat('/nowhere/at/all').catch((error: unknown) => error);
    const badPath = await stat('a\0b').catch((error: unknown) => error);
    expect(isSystemError(missing)).toBe(true);
    expect(isSystemError(Object.assign(new Error(), { code: 'EIO' }))).toBe(true);
    for (const mistake of [badPath, new TypeError('x'), new Fault('outbox/disk'), { code: 'EIO' }, undefined]) {
      expect(isSystemError(mistake)).toBe(false);
    }
    expect(systemFault(missing, 'outbox/disk')).toMatchObject({ code: 'outbox/disk', cause: missing });
    expect(systemFault(badPath, 'outbox/disk')).toMatchObject({ code: 'internal/unexpected', cause: badPath });
    expect(systemFault(new Fault('internal/deadline'), 'outbox/disk').code).toBe('internal/deadline');
  });
});
