import { describe, expect, it } from 'vitest';
import { isPortPath } from '../../../drivers/port/path.ts';

describe('a path of a port', () => {
  it.each([
    '/dev/ttyUSB0',
    '/dev/serial/by-id/usb-FTDI_USB-RS485-if00-port0',
    '/dev/serial/by-path/pci-0000:00:14.0-usb-0:1.2:1.0-port0',
    '/dev/..x/...',
    `/${'a'.repeat(4094)}`,
  ])('may be %.60s', (path) => {
    expect(isPortPath(path)).toBe(true);
  });

  it.each([
    ['', 'empty'],
    ['ttyUSB0', 'relative'],
    ['./ttyUSB0', 'relative'],
    ['/', 'a folder'],
    ['/dev/', 'a folder'],
    ['/dev/ttyUSB0\0', 'with a NUL'],
    ['/dev/tty\nUSB0', 'with a control character'],
    ['/dev/tty\u009bUSB0', 'with a control character of the second set'],
    ['/dev/tty\u2028USB0', 'with a line separator'],
    ['/dev/../etc/passwd', 'with ..'],
    ['/dev/serial/..', 'with ..'],
    ['/dev/./ttyUSB0', 'with .'],
    [`/${'a'.repeat(4095)}`, 'too long'],
    [`/${'ä'.repeat(2048)}`, 'too long in bytes'],
  ])('may not be %j: %s', (path) => {
    expect(isPortPath(path)).toBe(false);
  });
});
