import { createHmac } from 'node:crypto';

/**
 * One login per kind of work, so that what a bug can reach is decided by PostgreSQL:
 * `owner` runs migrations, `app` serves tenants under row-level security, `system` runs the flow,
 * `ledger` numbers entries and can change nothing else.
 */
export const LOGINS = ['tocsin_owner', 'tocsin_app', 'tocsin_system', 'tocsin_ledger'] as const;
export type Login = (typeof LOGINS)[number];

/** Where the database is, and the secret from which each login's password is derived (32 random bytes or more). */
export interface DatabaseAddress {
  /** A connection of a role that may create roles and databases; used by `migrate` alone. */
  readonly adminUrl: string;
  readonly loginSecret: string;
  /** A standby of it that may be asked too; its user and password are those of the logins. */
  readonly replicaUrl?: string;
}

/** The logins are there, and their passwords come from another secret. They belong to the whole server: another hub's? */
export class LoginsError extends Error {
  override readonly name = 'LoginsError';

  constructor() {
    super(
      'The logins of this PostgreSQL were made with another TOCSIN_LOGIN_SECRET. Set that one; or, to replace it for ' +
        'every hub on this server, run "tocsin migrate --rotate-logins" and restart them with the new one.',
    );
  }
}

export function passwordOf(login: Login, secret: string): string {
  return createHmac('sha256', secret).update(`tocsin login ${login}`).digest('base64url');
}

/** The same server and database as `adminUrl`, as another login. The user must be in the URL: TypeORM prefers it there. */
export function urlOf(login: Login, { adminUrl, loginSecret }: DatabaseAddress): string {
  const url = new URL(adminUrl);
  url.username = login;
  url.password = passwordOf(login, loginSecret);
  return url.href;
}
