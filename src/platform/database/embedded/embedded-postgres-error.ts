type EmbeddedPostgresErrorCode = 'FOLDER_IN_USE' | 'NOT_SUPPORTED' | 'START_FAILED';

/** Says what is wrong and what the operator can do about it; `holder` is the process to stop when the folder is in use. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
  readonly code: EmbeddedPostgresErrorCode;
  readonly holder: number | undefined;

  constructor(code: EmbeddedPostgresErrorCode, message: string, details: { cause?: unknown; holder?: number } = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.holder = details.holder;
  }
}
