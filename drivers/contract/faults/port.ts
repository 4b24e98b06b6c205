import type { FaultRows } from './row.ts';

export const PORT_FAULTS = {
  'port/missing': {
    message: 'the port does not exist',
    remedy: 'retry-later',
    advice: 'Plug the adapter in; use the /dev/serial/by-id name; see `fieldward ports`.',
  },
  'port/not-a-device': {
    message: 'the path is not a character device',
    remedy: 'retry-later',
    advice: 'The path must lead to a serial port, not to a file or a folder.',
  },
  'port/permission': {
    message: 'no permission to open the port',
    remedy: 'retry-later',
    advice:
      'Add the user to the group of the device, usually dialout. The service has it: there the unit lacks DeviceAllow= for this kind of port.',
  },
  'port/busy': {
    message: 'another program holds the port',
    remedy: 'retry-later',
    advice:
      'Stop the other program. The usual ones are Fieldward’s own service (`systemctl stop fieldward`), ModemManager, brltty and a getty; `fieldward scan` names it.',
  },
  'port/unsupported': {
    message: 'the port does not accept these line settings, or what was asked of its line',
    remedy: 'retry-later',
    advice:
      'Check baud rate, data bits, parity and stop bits against the adapter. Where a driver sends a break or changes the speed, the adapter must be able to. Where it can not, SDI-12 needs `break: false` and an adapter that makes the break by itself.',
  },
  'port/no-control': {
    message: 'the port can not change the line’s speed or send a break',
    remedy: 'retry-later',
    advice: 'The device needs a serial port of this machine; a raw TCP serial server can not do it.',
  },
  'port/library': {
    message: 'the library for serial ports could not be loaded',
    remedy: 'retry-later',
    advice: 'Reinstall the package on this machine: the library must fit its processor and its C library.',
  },
  'port/unreachable': {
    message: 'the serial server can not be reached',
    remedy: 'retry-later',
    advice: 'Check the address, the cable, the firewall and whether the server allows one more connection.',
  },
  'port/open-timeout': {
    message: 'the port did not open in time',
    remedy: 'retry-later',
    advice: 'Check the adapter or the serial server; reset it if this stays.',
  },
  'port/not-open': {
    message: 'the port is not open',
    remedy: 'retry-later',
    advice: 'Wait: it is reopened by itself.',
  },
  'port/lost': {
    message: 'the port went away',
    remedy: 'reopen-port',
    advice: 'Check plug, cable and power of the adapter. It is reopened by itself.',
  },
  'port/ended': {
    message: 'the serial server closed the connection without an answer',
    remedy: 'reopen-port',
    advice:
      'It is opened again by itself. If this stays, look whether the server serves one client at a time and has another. Some need a pause after connecting: `settleMs` of the port.',
  },
  'port/write': {
    message: 'the port took no bytes',
    remedy: 'reopen-port',
    advice: 'Check the adapter; it is reopened by itself.',
  },
  'port/failed': {
    message: 'the operating system reported an error on the port',
    remedy: 'reopen-port',
    advice: 'Check the adapter and the kernel log. It is reopened by itself.',
  },
  'port/no-modem-lines': {
    message: 'the port has no DTR and RTS to set',
    remedy: 'retry-later',
    advice:
      'The line works without them. Take `dtr` and `rts` out of the port, or use an adapter that has these lines.',
  },
  'port/slow-adapter': {
    message: 'the adapter holds answers back',
    remedy: 'give-up',
    advice:
      'The line works, but slowly. Leave port.lowLatency on, or install systemd/60-fieldward.rules; `fieldward ports` shows the latency timer, which should be 1 ms.',
  },
} as const satisfies FaultRows<'port'>;
