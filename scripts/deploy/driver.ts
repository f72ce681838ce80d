/** Where releases run. A release is a name or a folder, as the driver has it. */
export interface Driver {
  /** In the order in which they are rolled. */
  services: string[];
  /** What runs now, by service; nothing for one that was never deployed. */
  current(): Promise<Record<string, string>>;
  /** Rejects when the release is not there as a whole; gets it to where it runs. */
  fetch(): Promise<void>;
  /** Has the server and the roles there, on the first deployment too; not for drivers that find them there. */
  database?(): Promise<void>;
  /** Writes a backup of what the migrations are about to change. */
  backup(): Promise<Backup>;
  /** Applies the migrations of the new release. */
  migrate(): Promise<void>;
  /**
   * Puts the new release of a service in the place of the old one. Rejects when it does not get ready; the old one
   * serves on then.
   */
  roll(service: string): Promise<void>;
  /** Where a service is reached from outside, as the smoke test does. */
  url(service: string): string;
}

export interface Backup {
  /** Of which database, and where it is. */
  where: string;
  /** The commands that restore it. */
  restore: string[];
}
