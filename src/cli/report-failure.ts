import { CommanderError } from 'commander';

import { ConfigError } from '../app/config/environment.ts';
import { Unsigned } from '../ledger/anchor.ts';
import { KeyLost } from '../ledger/open-log.service.ts';
import { EmbeddedPostgresError } from '../platform/database/embedded/embedded-postgres-error.ts';
import { LoginsError } from '../platform/database/logins.ts';
import { Refusal } from '../platform/errors.ts';
import { SealedFolderError } from '../server/archive/sealed-folder.ts';
import { FolderError } from '../server/data-folder.ts';
import { SchemaError } from '../server/schema-error.ts';
import { ApiError } from './api-client.ts';
import { EXIT, Failure, type Exit } from './failure.ts';

/** Tells on stderr why the command ended: one line, or one JSON object. Returns the exit code. */
export function reportFailure(error: unknown, json: boolean): number {
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.OK;
  const { code, message, exit } = failureOf(error);
  const line = message.trim().replaceAll(/\s*\n\s*/g, ' ');
  console.error(json ? JSON.stringify({ error: { code, message: line, exit } }) : `tocsin: ${line}`);
  // Nobody foresaw it: what is needed to mend it is where it happened.
  if (code === 'UNEXPECTED' && error instanceof Error) console.error(error.stack);
  return exit;
}

function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof CommanderError) return new Failure('USAGE', usageOf(error), EXIT.USAGE);
  if (error instanceof ConfigError) return new Failure('CONFIG', error.message, EXIT.USAGE);
  if (error instanceof LoginsError) return new Failure('LOGINS', error.message, EXIT.USAGE);
  if (error instanceof ApiError) return new Failure(error.code, error.message, exitOf(error));
  if (error instanceof Refusal) return new Failure(error.code, error.message, exitOfRefusal(error.code));
  if (error instanceof FolderError) {
    return new Failure(error.code, error.message, error.code === 'IN_USE' ? EXIT.FAILED : EXIT.USAGE);
  }
  if (error instanceof SealedFolderError) return new Failure(error.code, error.message, EXIT.USAGE);
  if (error instanceof EmbeddedPostgresError) return new Failure(error.code, error.message, EXIT.FAILED);
  if (error instanceof KeyLost) return new Failure('KEY_LOST', error.message, EXIT.USAGE);
  if (error instanceof Unsigned) return new Failure(error.code, error.message, EXIT.FAILED);
  if (error instanceof SchemaError) return new Failure('SCHEMA', error.message, EXIT.FAILED);
  const message = messageOf(error);
  return systemFailure(error, message) ?? new Failure('UNEXPECTED', message, EXIT.FAILED);
}

/** A connection that was tried over IPv6 and IPv4 fails with two errors and no words of its own. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}

function usageOf({ code, message }: CommanderError): string {
  if (code === 'commander.help') return 'which command? "tocsin --help" lists them.';
  return `${message.replace(/^error: /, '')}. "--help" after a command explains it.`;
}

function exitOf({ code, status }: ApiError): Exit {
  if (code === 'UNAUTHENTICATED' || code === 'FORBIDDEN' || status === 401 || status === 403) return EXIT.NOT_ALLOWED;
  if (code === 'UNREACHABLE' || code === 'BAD_ANSWER') return EXIT.UNREACHABLE;
  if (/^(GRAPHQL_|BAD_|OPERATION_)/.test(code)) return EXIT.USAGE;
  return EXIT.FAILED;
}

/** Of a refusal of everything that was asked. */
export function exitOfRefusal(code: string): Exit {
  if (code === 'FORBIDDEN') return EXIT.NOT_ALLOWED;
  return code.startsWith('BAD_') ? EXIT.USAGE : EXIT.INCOMPLETE;
}

/** SQLSTATE classes of a database that turns us away as a whole: connection, login, no such database, full, going down. */
const TURNED_AWAY = /^(08|28|3D|53|57)...$/;

/** What the operating system or the database said, where its words are clear enough: no file, no right, no port. */
function systemFailure(error: unknown, message: string): Failure | null {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return null;
  const { code } = error;
  if (TURNED_AWAY.test(code)) return new Failure('DATABASE', `The database says: ${message}`, EXIT.FAILED);
  if (!/^E[A-Z]+$/.test(code)) return null;
  if (code === 'EADDRINUSE') return new Failure(code, `Another program has the port: ${message}`, EXIT.FAILED);
  return new Failure(code, message, 'path' in error ? EXIT.USAGE : EXIT.FAILED);
}
