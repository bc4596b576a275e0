import { EmbeddedPostgresError } from './embedded-postgres-error.ts';

/**
 * The port was taken since we asked for it; or the folder is still held by a rival start (the next look at the folder
 * tells who) or by the last sessions of a killed server, which end when they notice.
 */
export function worthAnotherAttempt(log: string): boolean {
  return /could not bind|lock file "postmaster.pid"|pre-existing shared memory block/.test(log);
}

const useYourOwn = 'or set DATABASE_URL to a PostgreSQL of version 17 or later.';

const advice: readonly (readonly [RegExp, string])[] = [
  [/No space left on device/, 'The disk is full: make room, then start again.'],
  [
    /database files are incompatible/,
    'The data was written by another version of PostgreSQL: export it with the release that wrote it, or choose another folder.',
  ],
  [
    /pre-existing shared memory block/,
    'A session of a killed server is still at work on this data: wait for it, or end it.',
  ],
  [
    /could not look up effective user ID/,
    `PostgreSQL needs an account with a name: run as one that is in /etc/passwd, ${useYourOwn}`,
  ],
  [/could not bind/, 'No port could be had on 127.0.0.1.'],
  [/unrecognized configuration parameter|invalid value for parameter/, 'One of the settings given is not valid.'],
  [
    /wrong ownership|invalid permissions/,
    'Give the data folder to the account that runs PostgreSQL (chown -R, chmod 700), on a file system that keeps both.',
  ],
  [/Permission denied|EACCES|EPERM/, 'Check that the data folder belongs to the account that runs PostgreSQL.'],
];

export function startFailure(what: string, log: string): EmbeddedPostgresError {
  const lines = log.trim().split('\n').slice(-20).join('\n');
  const fitting = advice.find(([pattern]) => pattern.test(log))?.[1] ?? 'The lines above say why.';
  return new EmbeddedPostgresError('START_FAILED', `${what}:\n${lines}\n${fitting}`);
}
