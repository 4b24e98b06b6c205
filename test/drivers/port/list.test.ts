import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listPorts } from '../../../drivers/port/list.ts';

describe('the list of ports', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'fieldward-list-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function file(path: string, content: string): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }

  function link(path: string, target: string): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    symlinkSync(target, join(root, path));
  }

  function usbAdapter(name: string, product: string): void {
    const usb = 'sys/devices/pci/usb1/1-1';
    file(`${usb}/idVendor`, '0403\n');
    file(`${usb}/manufacturer`, 'FTDI\n');
    file(`${usb}/product`, `${product}\n`);
    file(`${usb}/serial`, 'A10\n');
    file(`${usb}/1-1:1.0/${name}/latency_timer`, '16\n');
    link(`${usb}/1-1:1.0/${name}/driver`, '../../../../../bus/usb-serial/drivers/ftdi_sio');
    link(`sys/class/tty/${name}/device`, join(root, usb, '1-1:1.0', name));
    link('dev/serial/by-id/usb-FTDI_A10-if00-port0', `../../${name}`);
  }

  it('describes a USB adapter from what the kernel knows', async () => {
    usbAdapter('ttyUSB0', 'USB-RS485');
    expect(await listPorts(root)).toEqual([
      {
        path: '/dev/ttyUSB0',
        byId: '/dev/serial/by-id/usb-FTDI_A10-if00-port0',
        manufacturer: 'FTDI',
        product: 'USB-RS485',
        serialNumber: 'A10',
        driver: 'ftdi_sio',
        latencyTimerMs: 16,
      },
    ]);
  });

  /** @param socket of the USB hub; udev gives adapters of one identity one by-id name, which the last one takes */
  function adapter(name: string, socket: string, serial?: string, place = '1.0'): void {
    const usb = `sys/devices/pci/usb1/${socket}`;
    file(`${usb}/idVendor`, '1a86\n');
    file(`${usb}/idProduct`, '7523\n');
    if (serial !== undefined) file(`${usb}/serial`, `${serial}\n`);
    file(`${usb}/${socket}:${place}/${name}/port_number`, '0\n');
    link(`${usb}/${socket}:${place}/${name}/driver`, '../../../../../bus/usb-serial/drivers/ch341-uart');
    link(`sys/class/tty/${name}/device`, join(root, usb, `${socket}:${place}`, name));
    link(`dev/serial/by-path/pci-0-usb-0:${socket}:${place}-port0`, `../../${name}`);
    link(`dev/serial/by-path/pci-0-usbv2-0:${socket}:${place}-port0`, `../../${name}`);
    const byId = `dev/serial/by-id/usb-1a86_USB_Serial${serial === undefined ? '' : `_${serial}`}-if00-port0`;
    rmSync(join(root, byId), { force: true });
    link(byId, `../../${name}`);
  }
  const names = async () =>
    (await listPorts(root)).map(({ byId, byPath, sharedName }) => ({ byId: byId !== undefined, byPath, sharedName }));

  it('says that the name of an adapter without a serial number is that of its model, and gives the one of its socket', async () => {
    adapter('ttyUSB0', '1-1');
    adapter('ttyUSB1', '1-2', 'A7');
    expect(await names()).toEqual([
      { byId: true, byPath: '/dev/serial/by-path/pci-0-usb-0:1-1:1.0-port0', sharedName: 'model' },
      { byId: true, byPath: '/dev/serial/by-path/pci-0-usb-0:1-2:1.0-port0', sharedName: undefined },
    ]);
  });

  it('says which adapters have one name, with and without a serial number', async () => {
    adapter('ttyUSB0', '1-1');
    adapter('ttyUSB1', '1-2');
    adapter('ttyUSB2', '1-3', '0001');
    adapter('ttyUSB3', '1-4', '0001');
    const found = await names();
    expect(found.map(({ sharedName }) => sharedName)).toEqual(['several', 'several', 'several', 'several']);
    expect(found.filter(({ byId }) => byId)).toHaveLength(2);
    expect(new Set(found.map(({ byPath }) => byPath)).size).toBe(4);
  });

  it('takes two interfaces of one adapter for what they are', async () => {
    adapter('ttyUSB0', '1-1', 'A7', '1.0');
    adapter('ttyUSB1', '1-1', 'A7', '1.1');
    expect((await names()).map(({ sharedName }) => sharedName)).toEqual([undefined, undefined]);
  });

  it('leaves out virtual terminals and UARTs that are not there, and sees through the layers of new kernels', async () => {
    mkdirSync(join(root, 'sys/class/tty/tty1'), { recursive: true });
    for (const [name, type] of [['ttyS0', '4'] as const, ['ttyS1', '0'] as const]) {
      const port = `sys/devices/platform/serial8250/serial8250:0/serial8250:0.${name}`;
      link(`${port}/driver`, '../../../../../bus/serial-base/drivers/port');
      file(`sys/class/tty/${name}/type`, `${type}\n`);
      link(`sys/class/tty/${name}/device`, join(root, port));
    }
    link('sys/devices/platform/serial8250/driver', '../../../bus/platform/drivers/serial8250');
    expect(await listPorts(root)).toEqual([{ path: '/dev/ttyS0', driver: 'serial8250' }]);
  });

  it('orders by number', async () => {
    for (const name of ['ttyUSB10', 'ttyUSB2']) {
      link(`sys/devices/${name}/driver`, '../../drivers/ch341');
      link(`sys/class/tty/${name}/device`, join(root, 'sys/devices', name));
    }
    expect((await listPorts(root)).map((port) => port.path)).toEqual(['/dev/ttyUSB2', '/dev/ttyUSB10']);
  });

  it('cleans and bounds what an adapter calls itself', async () => {
    usbAdapter('ttyUSB0', `\u001b[31mRed\u202eder\u2028<0>${'x'.repeat(500)}`);
    const [port] = await listPorts(root);
    expect(port?.product).toMatch(/^\[31mRedder<0>x+$/);
    expect(port?.product).toHaveLength(128);
  });

  it('holds at most 256, the first by name, however many a machine says it has', async () => {
    for (let n = 0; n < 300; n++) {
      link(`sys/devices/many/${n}/driver`, '../../../bus/usb-serial/drivers/ftdi_sio');
      link(`sys/class/tty/ttyUSB${n}/device`, join(root, 'sys/devices/many', String(n)));
    }
    const found = await listPorts(root);
    expect(found).toHaveLength(256);
    expect(found.at(-1)?.path).toBe('/dev/ttyUSB255');
  });

  it('is empty on a machine without any', async () => {
    expect(await listPorts(root)).toEqual([]);
  });

  it('reads this machine without a fault', async () => {
    for (const port of await listPorts()) expect(port.path).toMatch(/^\/dev\//);
  });
});
