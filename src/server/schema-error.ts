/** The database is not what this release needs; says what to do. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';
}
