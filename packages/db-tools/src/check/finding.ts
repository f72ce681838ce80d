/** One thing that is wrong, and what to type. */
export interface CheckFinding {
  /** `file-missing`; stable. */
  code: string;
  /** Path of the file, or name of the object in the database. */
  at: string;
  /** From 1. */
  line?: number;
  message: string;
  fix: string;
}
