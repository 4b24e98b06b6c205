import { onTestFinished } from 'vitest';
import { type NotifySocket, openNotifySocket } from '../../scripts/testbed/notify-socket.ts';
import { newFolder } from './folder.ts';

/** It is gone when the test is over. */
export async function notifySocket(): Promise<NotifySocket> {
  const socket = await openNotifySocket(await newFolder());
  onTestFinished(socket.stop);
  return socket;
}
