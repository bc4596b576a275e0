/** The backup, or the place for one, is not what it should be; says which file, and what to do. */
export class BackupError extends Error {
  override readonly name = 'BackupError';

  constructor(
    readonly code: 'NOT_EMPTY' | 'NO_BACKUP' | 'DAMAGED',
    message: string,
  ) {
    super(message);
  }
}
