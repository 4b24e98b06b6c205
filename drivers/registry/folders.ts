/** Drivers of a family lie in its folder, by their variant; any other lies in a folder of its own name. */
const VARIANTS: Readonly<Record<string, string>> = Object.freeze(
  Object.assign(Object.create(null), {
    'dlms-push': 'obis/dlms',
    'dsmr-p1': 'obis/p1',
    'iec62056-21': 'obis/iec',
    'modbus-ascii': 'modbus/ascii',
    'modbus-listen': 'modbus/listen',
    'modbus-rtu': 'modbus/rtu',
    'modbus-tcp': 'modbus/tcp',
    sml: 'obis/sml',
    'sunspec-rtu': 'modbus/sunspec/rtu',
    'sunspec-tcp': 'modbus/sunspec/tcp',
  }),
);

/** Where a driver's code lies below `drivers`. @param name of the driver table, never one that was read */
export function folderOf(name: string): string {
  return VARIANTS[name] ?? name;
}

/** The folder below `drivers` that a driver shares with its family. @param name of the driver table */
export function familyFolderOf(name: string): string {
  const folder = folderOf(name);
  return folder.includes('/') ? folder.slice(0, folder.lastIndexOf('/')) : folder;
}

/** The name of a driver's family. @param name of the driver table */
export function familyOf(name: string): string {
  return familyFolderOf(name).split('/').at(-1) ?? name;
}

/** Where a driver's profiles lie below `drivers`: its family shares them. @param name of the driver table */
export function profilesOf(name: string): string {
  return `${familyFolderOf(name)}/profiles`;
}
