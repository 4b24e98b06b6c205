/** A command's view of the process; tests hand in their own. */
export interface CliIo {
  /** Standard output: the result that was asked for. Whole lines; the line end is added. */
  out(text: string): void;
  /** Standard error: problems and remarks. */
  err(text: string): void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether standard output is a terminal: no colour and nothing that moves where it is none. */
  readonly isTerminal: boolean;
}

/** For commands that go on until they are told to stop. */
export interface CliProcess extends CliIo {
  /** Aborted by SIGTERM or SIGINT. */
  readonly stopping: AbortSignal;
  /** Asks the person in front of it on standard error; true for yes alone. Absent: there is nobody. */
  readonly confirm?: ((question: string) => Promise<boolean>) | undefined;
  /** Puts a question to the person at the terminal; undefined: the input ended. Absent: standard input is no terminal. */
  readonly ask?: ((question: string, hidden?: boolean) => Promise<string | undefined>) | undefined;
  /** The text as it is, without a line end: for a screen. */
  draw(text: string): void;
  /**
   * Calls with each key that is pressed, as the terminal sends it, until it is told to stop; nothing where there are none.
   * @returns to be called at the end: the terminal is as it was
   */
  keys(hear: (key: string) => void): () => void;
  /** Columns of the terminal, as it is now. */
  readonly width: number;
  /** Rows of the terminal, as it is now; undefined where there is none. */
  readonly height: number | undefined;
  /** The program of the timing thread. */
  readonly timingWorker: URL;
  /** The folder of the console's page, as it was built. */
  readonly consolePage: URL;
  /** Of this process: the service manager means its handover for one process. */
  readonly pid: number;
  /** Calls with every SIGHUP from now on, which ends the process where nobody asked for it. */
  onReload(reload: () => void): void;
  /** Sends SIGHUP. False: there is no such process, or it is somebody else's. */
  tellToReload(pid: number): boolean;
  /** The version of the package. */
  readonly version: string;
  /** The version of Node; absent where nobody asks. */
  readonly nodeVersion?: string | undefined;
}

/** The exit codes of the interface. */
export const EXIT = Object.freeze({
  /** Stopped as asked. */
  ok: 0,
  /** Wrong usage. */
  usage: 64,
  /** The audit journal is broken: EX_DATAERR of sysexits.h. */
  data: 65,
  /** Internal fault. */
  internal: 70,
  /** Restart asked for by command. */
  restart: 75,
  /** Config refused; systemd does not restart it. */
  config: 78,
  /** Only of `check --security`: something is bad; EX_NOPERM of sysexits.h. */
  insecure: 77,
  /** Only of `ctl`, by sysexits.h where it has a word: the gateway refused, and nothing was done. */
  refused: 65,
  /** Of `scan` and `identify`: nobody answered. Of `reload`: no such process. Of `ctl`: the request did not get there, or nobody answered one that changes nothing. */
  unavailable: 69,
  /** Only of `init`: something stands there already, or can not be made; EX_CANTCREAT of sysexits.h. */
  notMade: 73,
  /** Only of `ctl`: the device or the gateway could not do it. */
  failed: 74,
  /** Of every command: its output was not taken, as by a full disk; EX_IOERR of sysexits.h. */
  output: 74,
  /** Only of `ctl`: it may have been done. */
  unknown: 76,
});

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Where the config lies unless `--config` says otherwise. */
export const DEFAULT_CONFIG = '/etc/fieldward/fieldward.yaml';
