import type { Remedy } from './fault.ts';

interface Row {
  /** Public words. They name no value, path, host, user or device text. */
  readonly message: string;
  readonly remedy: Remedy;
  /** What an operator can do about it; the reference page is generated from this. */
  readonly advice: string;
}

/** The one table of failures. A code is `area/what`; it is part of the interface and never changes its meaning. */
export const FAULTS = {
  'internal/unexpected': {
    message: 'an unexpected internal error',
    remedy: 'give-up',
    advice: 'Report it with the log at debug level.',
  },
  'internal/duration': {
    message: 'a wait was out of its bounds',
    remedy: 'refuse',
    advice: 'Report it: every wait comes from a checked number.',
  },
  'internal/cancelled': {
    message: 'cancelled because the agent or the bus is stopping',
    remedy: 'give-up',
    advice: 'Nothing to do.',
  },
  'internal/deadline': {
    message: 'a step did not end within its time',
    remedy: 'retry-later',
    advice: 'The log names the step. See whether the machine is overloaded or a device hangs.',
  },

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
    message: 'the port does not accept these line settings',
    remedy: 'retry-later',
    advice: 'Check baud rate, data bits, parity and stop bits against the adapter.',
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
      'It is opened again by itself. If this stays, look whether the server serves one client at a time and has another, and whether it needs a pause after connecting: `settleMs` of the port.',
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
  'port/slow-adapter': {
    message: 'the adapter holds answers back',
    remedy: 'give-up',
    advice:
      'The line works, but slowly. Leave port.lowLatency on, or install systemd/60-fieldward.rules; `fieldward ports` shows the latency timer, which should be 1 ms.',
  },

  'bus/flooded': {
    message: 'far more bytes came than the line can carry',
    remedy: 'reopen-port',
    advice: 'Check that the port is a serial line and its baud rate is right.',
  },
  'bus/stuck': {
    message: 'an operation did not give the line back',
    remedy: 'reopen-port',
    advice: 'The port is reopened by itself; report it if it repeats.',
  },
  'bus/answer-pending': {
    message: 'the answer to the same question, asked before, may still come',
    remedy: 'retry-later',
    advice: 'It is asked again by itself once the old answer can no longer come.',
  },
  'bus/echo': {
    message: 'the line returned our own request',
    remedy: 'retry-later',
    advice: 'Turn the adapter’s local echo off, or set `echo: true` on the port.',
  },

  'throttle/sealed': {
    message: 'operations can only be registered before the start',
    remedy: 'refuse',
    advice: 'Report it.',
  },
  'throttle/not-started': {
    message: 'operations can only be submitted after the start',
    remedy: 'refuse',
    advice: 'Report it.',
  },
  'throttle/limits': {
    message: 'a limit of the throttle was out of its bounds',
    remedy: 'refuse',
    advice: 'Report it: `fieldward check` refuses such limits.',
  },
  'throttle/unknown-operation': {
    message: 'the operation is not registered',
    remedy: 'refuse',
    advice: 'Report it.',
  },
  'throttle/full': {
    message: 'the queue of the bus is full',
    remedy: 'retry-later',
    advice: 'Ask less often, or raise throttle.maxQueue.',
  },
  'throttle/waited-too-long': {
    message: 'the operation waited too long for the bus',
    remedy: 'retry-later',
    advice: 'The bus is saturated: poll less, or raise the baud rate or throttle.maxWaitMs.',
  },
  'throttle/ran-too-long': {
    message: 'the operation ran too long and was stopped',
    remedy: 'retry-later',
    advice: 'Check the device and its timeout.',
  },

  'driver/name': {
    message: 'the driver name has a form that no driver can have',
    remedy: 'refuse',
    advice: 'See `fieldward drivers` for the names.',
  },
  'driver/unknown': {
    message: 'there is no driver of that name',
    remedy: 'refuse',
    advice: 'See `fieldward drivers` for the names.',
  },
  'driver/manifest': {
    message: 'the manifest of the drivers is missing or damaged',
    remedy: 'give-up',
    advice: 'Reinstall the package.',
  },
  'driver/altered': {
    message: 'files of the driver do not match the build',
    remedy: 'give-up',
    advice: 'Reinstall the package; find out who changed the files.',
  },
  'driver/import': {
    message: 'the driver could not be loaded',
    remedy: 'give-up',
    advice: 'Reinstall the package.',
  },
  'driver/shape': {
    message: 'the driver does not have the form that the agent needs',
    remedy: 'give-up',
    advice: 'Reinstall the package: agent and drivers are of different versions.',
  },
  'driver/options': {
    message: 'the driver refused its options',
    remedy: 'refuse',
    advice: 'Run `fieldward check`: it names the place.',
  },
  'driver/create': {
    message: 'the driver could not set up the device',
    remedy: 'give-up',
    advice: 'Run `fieldward check`; report it if it finds nothing.',
  },
  'driver/threw': {
    message: 'the driver failed at its own work',
    remedy: 'retry-later',
    advice:
      'Report it with the line `driver failed` of the log: `at` names the file and the line. Only this device is concerned.',
  },

  'device/silent': {
    message: 'the device did not answer in time',
    remedy: 'retry-later',
    advice:
      'Check address, baud rate and parity, whether A and B are swapped, wiring, termination and power. `fieldward scan` says who answers.',
  },
  'device/partly-silent': {
    message: 'the device answers other questions, and this one not',
    remedy: 'retry-later',
    advice:
      'Check the point’s address and register kind against the manual: some devices say nothing where others refuse. It is tried again ever more rarely.',
  },
  'device/too-long': {
    message: 'the device answers short questions, and long ones not: lower maxRegisters',
    remedy: 'retry-later',
    advice:
      'Set maxRegisters, for coils maxCoils, to the most that the device answers at once. Meanwhile it is read in parts.',
  },
  'device/late': {
    message: 'answers come, but too late: raise timeoutMs',
    remedy: 'retry-later',
    advice: 'Set timeoutMs of the device above the time that its answers take.',
  },
  'device/stale': {
    message: 'nothing has come from the device for too long',
    remedy: 'retry-later',
    advice: 'Check power, wiring and baud rate.',
  },
  'device/passed-over': {
    message: 'sentences or lines come from the device, but none is for one of its points',
    remedy: 'retry-later',
    advice:
      'The line is good. Compare what the device sends with its points and options in the config: talkers and sentences, or the template.',
  },
  'device/date-suspect': {
    message: 'the device’s date is off by 1024 weeks, or a multiple of that',
    remedy: 'retry-later',
    advice:
      'Its count of GPS weeks has rolled over: the time of day is right and the date is not, so that its utc is null. Update the receiver’s firmware, or replace it; its position is not concerned.',
  },
  'device/garbled': {
    message: 'what came from the device makes no sense',
    remedy: 'retry-later',
    advice: 'Check baud rate, parity, wiring and termination.',
  },

  'modbus/checksum': {
    message: 'the answer had a wrong checksum',
    remedy: 'retry-later',
    advice: 'Check wiring, termination, shielding and baud rate.',
  },
  'modbus/truncated': {
    message: 'the answer ended too early',
    remedy: 'retry-later',
    advice: 'Check wiring; raise timeoutMs if the device is slow.',
  },
  'modbus/echo': {
    message: 'only our own request came back',
    remedy: 'retry-later',
    advice: 'Turn the adapter’s local echo off.',
  },
  'modbus/tcp-port': {
    message: 'nothing answers Modbus RTU on port 502, which is that of Modbus TCP',
    remedy: 'retry-later',
    advice:
      'A server on port 502 usually speaks Modbus TCP, which is another protocol. Set the serial server to raw TCP (transparent mode), and tcpPort to the port of that mode.',
  },
  'modbus/foreign-unit': {
    message: 'another unit answered',
    remedy: 'retry-later',
    advice: 'Two devices may have the same or a wrong address.',
  },
  'modbus/wrong-function': {
    message: 'the answer was for another function',
    remedy: 'retry-later',
    advice: 'Another master may be on the line.',
  },
  'modbus/wrong-count': {
    message: 'the answer held another amount of data than was asked for',
    remedy: 'retry-later',
    advice: 'Another master may be on the line, or the device breaks the protocol.',
  },
  'modbus/wrong-confirmation': {
    message: 'the device confirmed another write than was asked for',
    remedy: 'retry-later',
    advice: 'Read the point before writing again.',
  },
  'modbus/illegal-function': {
    message: 'the device does not know the function (exception 1)',
    remedy: 'retry-later',
    advice: 'Check the point’s register kind against the manual.',
  },
  'modbus/illegal-address': {
    message: 'the device does not have the address (exception 2)',
    remedy: 'retry-later',
    advice: 'Check address and length; addresses are zero-based.',
  },
  'modbus/illegal-value': {
    message: 'the device refused the value or the count (exception 3)',
    remedy: 'retry-later',
    advice: 'Lower maxRegisters, or check the written value.',
  },
  'modbus/device-failure': {
    message: 'the device failed to do it (exception 4)',
    remedy: 'retry-later',
    advice: 'See the device’s own display or log.',
  },
  'modbus/acknowledge': {
    message: 'the device needs more time (exception 5)',
    remedy: 'retry-later',
    advice: 'Read back later.',
  },
  'modbus/device-busy': {
    message: 'the device is busy (exception 6)',
    remedy: 'retry-later',
    advice: 'Poll it less often.',
  },
  'modbus/negative-acknowledge': {
    message: 'the device can not do it (exception 7)',
    remedy: 'retry-later',
    advice: 'See the device’s manual.',
  },
  'modbus/memory-parity': {
    message: 'the device found its memory damaged (exception 8)',
    remedy: 'retry-later',
    advice: 'The device may need service.',
  },
  'modbus/gateway-path': {
    message: 'the gateway has no path to the device (exception 10)',
    remedy: 'retry-later',
    advice: 'Check the serial gateway’s setup.',
  },
  'modbus/gateway-target': {
    message: 'the device behind the gateway did not answer (exception 11)',
    remedy: 'retry-later',
    advice: 'Check the device behind the gateway.',
  },
  'modbus/exception': {
    message: 'the device answered with an exception that the standard does not name',
    remedy: 'retry-later',
    advice: 'See the device’s manual.',
  },

  'nmea0183/checksum': {
    message: 'a sentence had a wrong checksum',
    remedy: 'retry-later',
    advice: 'Check baud rate and wiring.',
  },
  'nmea0183/malformed': {
    message: 'a sentence was not of the form that the standard gives',
    remedy: 'retry-later',
    advice: 'Check baud rate and whether the receiver speaks NMEA 0183.',
  },
  'nmea0183/no-checksum': {
    message: 'a sentence had no checksum',
    remedy: 'retry-later',
    advice: 'Set `checksum: optional` in the options, if the instrument sends none.',
  },
  'lines/truncated': {
    message: 'the answer ended without its delimiter',
    remedy: 'retry-later',
    advice: 'Check the delimiter; raise timeoutMs if the device is slow.',
  },
  'lines/checksum': {
    message: 'a line had a wrong checksum',
    remedy: 'retry-later',
    advice: 'Check wiring and baud rate, and whether `checksum` in the options is the one that the device sends.',
  },
  'lines/mismatch': {
    message: 'a line did not fit the template',
    remedy: 'retry-later',
    advice: 'Compare the template with what the device sends.',
  },
  'framing/none': {
    message: 'bytes come, but no whole sentence or line',
    remedy: 'retry-later',
    advice: 'Check baud rate, parity and delimiter, and whether the device speaks this protocol.',
  },
  'framing/too-long': {
    message: 'a frame was longer than the longest allowed',
    remedy: 'retry-later',
    advice: 'Check baud rate and delimiter.',
  },

  'config/unreadable': {
    message: 'the config file can not be read',
    remedy: 'refuse',
    advice: 'Check that the file exists and that the service may read it.',
  },
  'config/refused': {
    message: 'the config was refused',
    remedy: 'refuse',
    advice: 'Run `fieldward check`: it names each place.',
  },
  'config/credential': {
    message: 'a credential file is missing or unreadable',
    remedy: 'refuse',
    advice: 'Check LoadCredential= in the unit, or the file beside the config.',
  },

  'link/not-connected': {
    message: 'the broker is not connected',
    remedy: 'retry-later',
    advice: 'Readings wait in the outbox; nothing to do.',
  },
  'link/unreachable': {
    message: 'the broker can not be reached',
    remedy: 'retry-later',
    advice: 'Check network, address, port and firewall.',
  },
  'link/name': {
    message: 'the name of the broker can not be resolved',
    remedy: 'retry-later',
    advice: 'Check DNS.',
  },
  'link/timeout': {
    message: 'the broker did not answer in time',
    remedy: 'retry-later',
    advice: 'Check network and broker.',
  },
  'link/tls': {
    message: 'the TLS connection failed',
    remedy: 'retry-later',
    advice: 'Check that the port is the TLS one, that broker and gateway share TLS 1.2 or later, and both clocks.',
  },
  'link/certificate-expired': {
    message: 'the broker’s certificate is expired',
    remedy: 'retry-later',
    advice: 'Renew the certificate; check the gateway’s clock.',
  },
  'link/certificate-early': {
    message: 'the broker’s certificate is not yet valid',
    remedy: 'retry-later',
    advice: 'Check the gateway’s clock, and the dates of the certificate.',
  },
  'link/certificate-untrusted': {
    message: 'the broker’s certificate is not signed by the configured authority',
    remedy: 'retry-later',
    advice: 'Check mqtt.caFile.',
  },
  'link/certificate-name': {
    message: 'the broker’s certificate is for another name',
    remedy: 'retry-later',
    advice: 'Check the name in mqtt.url and mqtt.fallbackUrls.',
  },
  'link/credentials': {
    message: 'the broker refused the credentials',
    remedy: 'retry-later',
    advice: 'Check username, password file and client certificate.',
  },
  'link/refused': {
    message: 'the broker refused the connection',
    remedy: 'retry-later',
    advice: 'See the broker’s log: too many connections, another protocol version, or a banned name.',
  },
  'link/taken-over': {
    message: 'another client connected under the same name',
    remedy: 'retry-later',
    advice:
      'Two gateways have the same name, or somebody else uses the gateway’s own certificate or user name: find the other one.',
  },
  'link/kicked': {
    message: 'the broker closes the connection without a word soon after it has accepted it',
    remedy: 'retry-later',
    advice:
      'Most likely another client has the same name: find it. Else see the broker’s log: some close for a denied topic.',
  },
  'link/returning': {
    message: 'the fallback broker was left because the first one answers again',
    remedy: 'retry-later',
    advice: 'Nothing to do.',
  },
  'link/protocol': {
    message: 'the broker sent what is no MQTT',
    remedy: 'retry-later',
    advice: 'Check that address and port are those of an MQTT broker, and its version.',
  },
  'link/lost': {
    message: 'the connection to the broker was lost',
    remedy: 'retry-later',
    advice: 'It is opened again by itself.',
  },
  'link/denied': {
    message: 'the broker does not allow this topic',
    remedy: 'retry-later',
    advice: 'Check the broker’s access list.',
  },
  'link/too-large': {
    message: 'the message is larger than the broker takes',
    remedy: 'refuse',
    advice:
      'Raise the broker’s limit. `mqtt.maxPacketBytes` of the status has the one that it named or that was found out; a limit that was found out is tried again at the first connection after an hour.',
  },
  'link/no-retain': {
    message: 'the broker keeps no retained messages',
    remedy: 'give-up',
    advice:
      'Availability, state and status reach only clients that are subscribed when they are published. Switch retained messages on at the broker, or choose another one.',
  },
  'link/rejected': {
    message: 'the broker did not take the message',
    remedy: 'retry-later',
    advice: 'See the broker’s log: quota, rate or topic rules.',
  },
  'link/congested': {
    message: 'the connection to the broker takes no more now',
    remedy: 'retry-later',
    advice: 'The network is slower than what is published: publish less often.',
  },

  'command/malformed': {
    message: 'the request is not of the form that the interface gives',
    remedy: 'refuse',
    advice: 'See the topics reference.',
  },
  'command/too-large': { message: 'the request is too large', remedy: 'refuse', advice: 'Send less in one request.' },
  'command/retained': {
    message: 'retained requests are never executed',
    remedy: 'refuse',
    advice: 'Publish commands without the retain flag.',
  },
  'command/expired': { message: 'the request has expired', remedy: 'refuse', advice: 'Check both clocks; send anew.' },
  'command/expires-too-late': {
    message: 'the request would stay valid for too long, or the clocks of sender and gateway differ',
    remedy: 'refuse',
    advice:
      'Set expiresAt within commands.maxAgeMs. Where it is, compare both clocks: `clock` and `at` of the status are those of the gateway.',
  },
  'command/unknown': { message: 'there is no such command', remedy: 'refuse', advice: 'See the topics reference.' },
  'command/unknown-device': {
    message: 'there is no such device',
    remedy: 'refuse',
    advice: 'See the device ids in the config.',
  },
  'command/unknown-bus': {
    message: 'there is no such bus',
    remedy: 'refuse',
    advice: 'See the bus ids in the config.',
  },
  'command/unknown-point': {
    message: 'there is no such point',
    remedy: 'refuse',
    advice: 'See the device’s points in the config or profile.',
  },
  'command/not-writable': {
    message: 'the point is not writable',
    remedy: 'refuse',
    advice: 'Set `writable: true` on the point, if that is meant.',
  },
  'command/value': {
    message: 'the value is outside what the point allows',
    remedy: 'refuse',
    advice:
      'See type, min, max, step and enum of the point. A whole number beyond 9007199254740992 must be one that a double holds.',
  },
  'command/not-allowed': {
    message: 'the config does not allow this command',
    remedy: 'refuse',
    advice: 'See commands.allow of the gateway and of the device.',
  },
  'command/disabled': {
    message: 'commands are switched off',
    remedy: 'refuse',
    advice: 'Set commands.enabled to true, if that is meant.',
  },
  'command/lockout': {
    message: 'commands are locked out at the gateway',
    remedy: 'refuse',
    advice: 'Somebody on site has set the lockout switch: ask them.',
  },
  'command/unsigned': {
    message: 'the config takes this command only signed',
    remedy: 'refuse',
    advice: 'Sign the request with a key that commands.signing lists; `fieldward ctl --sign-key` does.',
  },
  'command/signature': {
    message: 'the signature does not fit the request',
    remedy: 'refuse',
    advice: 'Check the key, and that gateway, device and command in what was signed are those of the topic.',
  },
  'command/key': {
    message: 'the key that signed the request may not do this',
    remedy: 'refuse',
    advice: 'See commands, devices and points of the key in commands.signing.',
  },
  'command/select-first': {
    message: 'the point is only written by select and operate',
    remedy: 'refuse',
    advice: 'Send `select` with the values, then `operate` with the token of its reply.',
  },
  'command/token': {
    message: 'there is no such selection, or its time is over',
    remedy: 'refuse',
    advice: 'Select anew; the values of `operate` must be those that were selected.',
  },
  'command/selected': {
    message: 'the point is selected already',
    remedy: 'refuse',
    advice: 'Operate with the token of that selection, or wait until its time is over.',
  },
  'command/interlock': {
    message: 'an interlock forbids the write',
    remedy: 'refuse',
    advice: 'See writableWhen of the point, and what its other point reads.',
  },
  'command/too-soon': {
    message: 'the point was written too short a time ago',
    remedy: 'refuse',
    advice: 'See minIntervalMs of the point.',
  },
  'command/too-fast': {
    message: 'the value would change faster than the point allows',
    remedy: 'refuse',
    advice: 'See maxRatePerS of the point: go there in smaller steps.',
  },
  'command/write-budget': {
    message: 'the point has had all of its writes for today',
    remedy: 'refuse',
    advice: 'See dailyWrites of the point: its memory wears out.',
  },
  'command/read-budget': {
    message: 'the read had taken the line for as long as one command may',
    remedy: 'refuse',
    advice: 'Read fewer points in one request. Where the device refuses many of them, correct the profile.',
  },
  'command/interrupted': {
    message: 'the agent stopped while the command ran',
    remedy: 'give-up',
    advice: 'It may have acted: read the device before asking again.',
  },
  'command/not-recorded': {
    message: 'the command could not be recorded, so it was not executed',
    remedy: 'refuse',
    advice: 'Check space and permissions of commands.directory.',
  },
  'command/not-kept': {
    message: 'the device confirmed the write and kept another value',
    remedy: 'give-up',
    advice:
      'See the values as read back, and the device’s manual: local operation, a write protection or a limit of its own may win. Set `readBack: false` on a point that never reads as it was written, as a coil that pulses.',
  },
  'command/unconfirmed': {
    message: 'nobody confirms a write of this kind',
    remedy: 'give-up',
    advice: 'Read the device to see whether it has acted.',
  },
  'command/device-busy': {
    message: 'an earlier command to the same device was not over in time',
    remedy: 'retry-later',
    advice: 'Send fewer writes to this device, or give its bus less to do; nothing was sent.',
  },
  'command/rate': { message: 'too many requests', remedy: 'refuse', advice: 'Send more slowly.' },
  'command/reply-too-large': {
    message: 'the answer is too large for one reply',
    remedy: 'refuse',
    advice: 'Name fewer points in one request; the status is published by itself.',
  },
  'command/unloaded': {
    message: 'the device’s driver is not loaded',
    remedy: 'refuse',
    advice: 'See the device’s fault code in the status.',
  },
  'command/clock': {
    message: 'the gateway does not know the time, so it can not tell whether the request has expired',
    remedy: 'refuse',
    advice: 'Repair time synchronization of the gateway.',
  },
  'command/clock-behind': {
    message: 'the gateway’s clock is behind the time of requests that it executed before its start',
    remedy: 'refuse',
    advice:
      'Set the gateway’s clock, and repair its time synchronization: until then requests are refused as expired or as valid for too long.',
  },

  'audit/not-written': {
    message: 'the audit journal can not be written',
    remedy: 'retry-later',
    advice:
      'Check space and permissions of commands.directory. Entries wait in memory, in bounds, and are written once it can be.',
  },
  'audit/damaged': {
    message: 'the audit journal was not as it had been left',
    remedy: 'retry-later',
    advice: '`fieldward audit verify` names the place. After a power cut half a line at the end is to be expected.',
  },

  'outbox/full': {
    message: 'the outbox is full',
    remedy: 'retry-later',
    advice: 'The oldest or newest readings are dropped and counted, as configured.',
  },
  'outbox/disk': {
    message: 'the folder of the outbox can not be used',
    remedy: 'retry-later',
    advice:
      'Readings wait in memory and are lost at a power cut; the disk is tried again. Look at its space, its mount options and `dmesg`.',
  },
  'outbox/disk-full': {
    message: 'the disk of the outbox is full',
    remedy: 'retry-later',
    advice:
      'Readings wait in memory and are lost at a power cut; the disk is tried again. Make room, or lower `outbox.maxBytes`.',
  },
  'outbox/format': {
    message: 'the outbox was written by another version of the agent',
    remedy: 'refuse',
    advice:
      'Its files are left as they are, and readings wait in memory. Run the version that wrote them until it is empty, or move the files away.',
  },
  'outbox/in-use': {
    message: 'another agent uses the folder of the outbox',
    remedy: 'retry-later',
    advice:
      'Readings of this one wait in memory until that one has ended. Give each agent a folder of its own, or end the one too many.',
  },
  'outbox/damaged': {
    message: 'readings of the outbox could not be read again',
    remedy: 'retry-later',
    advice:
      'They are counted and show as a gap in `seq`. Where it comes again without power cuts, the disk is worn out.',
  },
} as const satisfies Record<string, Row>;

export type FaultCode = keyof typeof FAULTS;

/** Every code, for schemas and the generated reference. */
export const FAULT_CODES = Object.freeze(Object.keys(FAULTS)) as readonly FaultCode[];
