import { describe, expect, it } from 'vitest';
import { threadsIdle } from '../../../agent/lifecycle/threads.ts';
import { FakeClock } from '../../support/fake-clock.ts';

describe('the threads of files and names', () => {
  it.each(['FSReqCallback', 'FSReqPromise', 'FileHandleCloseReq', 'GetAddrInfoReqWrap'])(
    'are not idle while a %s is under way, and that is waited for in bounds',
    async (held) => {
      const clock = new FakeClock();
      const idle = threadsIdle(() => ['Timeout', held], clock);
      await clock.advance(5000);
      expect(await idle).toBe(false);
    },
  );

  it('are idle once the last request has ended', async () => {
    const clock = new FakeClock();
    let left = 3;
    const idle = threadsIdle(() => (left-- > 0 ? ['FSReqPromise'] : ['TCPSocketWrap', 'Timeout']), clock);
    await clock.advance(100);
    expect(await idle).toBe(true);
  });
});
