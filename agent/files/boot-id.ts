import { readFile } from 'node:fs/promises';

/**
 * random(4); and in the root folder that systemd/fieldward.tmpfiles makes for the service, because its sandbox hides all
 * of /proc that is no process (ProcSubset=pid in systemd/fieldward.service).
 */
const PLACES = ['/proc/sys/kernel/random/boot_id', '/boot-id'];

/**
 * The name that the kernel gave itself when it booted: 32 hexadecimal digits.
 * @param places for tests
 * @throws what the operating system says of the last place
 */
export async function bootId(places: readonly string[] = PLACES): Promise<string> {
  const [place = '', ...others] = places;
  try {
    return (await readFile(place, 'latin1')).trim().replaceAll('-', '');
  } catch (error) {
    if (others.length === 0) throw error;
    return bootId(others);
  }
}
