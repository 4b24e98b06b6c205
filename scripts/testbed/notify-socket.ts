import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** Says on its standard output what comes on a datagram socket of that name, one line each, with its line ends as `|`. */
const READER = `
use Socket; $| = 1;
socket(my $socket, AF_UNIX, SOCK_DGRAM, 0); bind($socket, pack_sockaddr_un($ARGV[0])); print "bound\\n";
while (defined recv($socket, my $text, 4096, 0)) { $text =~ tr/\\n/|/; print "$text\\n" }`;

export interface NotifySocket {
  /** For NOTIFY_SOCKET. */
  readonly address: string;
  /** Of the program that reads it. */
  readonly pid: number | undefined;
  /** The messages so far; `|` stands for their line ends. */
  heard(): readonly string[];
  /** `performance.now()` of each of these. */
  heardAt(): readonly number[];
  /** Settles when a message from now on holds the text. */
  until(text: string): Promise<void>;
  stop(): void;
}

/**
 * A service manager's end of sd_notify(3). Node has no such sockets, so Perl reads it.
 * @param folder where the socket is made
 */
export async function openNotifySocket(folder: string): Promise<NotifySocket> {
  const address = join(folder, 'socket');
  const reader = spawn('perl', ['-e', READER, address], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  const times: number[] = [];
  let rest = '';
  let waiting: { readonly text: string; readonly found: () => void }[] = [];
  reader.stdout.setEncoding('utf8').on('data', (text: string) => {
    const pieces = (rest + text).split('\n');
    rest = pieces.pop() ?? '';
    for (const line of pieces) {
      lines.push(line);
      times.push(performance.now());
      for (const { text: wanted, found } of waiting) if (line.includes(wanted)) found();
      waiting = waiting.filter(({ text: wanted }) => !line.includes(wanted));
    }
  });
  const until = (text: string) => new Promise<void>((found) => waiting.push({ text, found }));
  await until('bound');
  return {
    ...{ address, pid: reader.pid, until },
    heard: () => lines.slice(1),
    heardAt: () => times.slice(1),
    stop: () => void reader.kill(),
  };
}
