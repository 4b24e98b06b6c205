export const PAGE = 4096;
/** Bytes of the file system itself for each sync (inode, journal), and again where a folder changes: an allowance. */
const PER_SYNC = PAGE;
const PER_FOLDER = 2 * PAGE;

/** Counts what flash memory is written with: whole pages of what is synced, and allowances for the file system's own. */
export class FlashPages {
  bytes = 0;

  /** Bytes of a file that were written and synced. */
  synced(position: number, length: number): void {
    const pages = Math.floor((position + length - 1) / PAGE) - Math.floor(position / PAGE) + 1;
    this.bytes += pages * PAGE + PER_SYNC;
  }

  folderSynced(): void {
    this.bytes += PER_FOLDER;
  }

  /** A file went, or a lock was written. */
  touched(): void {
    this.bytes += PAGE;
  }
}
