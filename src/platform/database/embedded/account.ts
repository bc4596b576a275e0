import fs from 'node:fs';
import path from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';

/** Whom the server runs as; undefined means as this process. */
export type Account = { readonly uid: number; readonly gid: number } | undefined;

/**
 * PostgreSQL refuses to run as root. As root we take the owner of the cluster, or of the folder (so that a start with
 * sudo leaves data that its user can still start), else `postgres`, else `nobody`.
 */
export function chooseAccount(folder: string, data: string): Account {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readAccounts();
  const cluster = fs.statSync(data, { throwIfNoEntry: false });
  if (cluster && cluster.uid !== 0) return { uid: cluster.uid, gid: cluster.gid };
  const owner = fs.statSync(folder);
  // initdb looks its own account up by number and fails when there is none, so an unlisted owner is of no use.
  const account = accounts.find(({ uid }) => uid !== 0 && uid === owner.uid) ?? named('postgres') ?? named('nobody');
  if (!account) {
    throw new EmbeddedPostgresError(
      'NOT_SUPPORTED',
      'PostgreSQL refuses to run as root, and /etc/passwd has neither the account postgres nor nobody to run it as. ' +
        'Start as an ordinary user, or set DATABASE_URL to a PostgreSQL of version 17 or later.',
    );
  }
  return { uid: account.uid, gid: account.gid };

  function named(name: string) {
    return accounts.find((account) => account.name === name && account.uid !== 0);
  }
}

/**
 * A cluster that was copied or restored may be root's, or open to others: PostgreSQL would refuse it. Root's is handed
 * to the account where nobody but root can have put it: elsewhere a link to another folder would be handed over.
 */
export function secureCluster(folder: string, data: string, account: Account): void {
  if ((fs.statSync(data).mode & 0o077) !== 0) fs.chmodSync(data, 0o700);
  if (!account || fs.statSync(data).uid !== 0 || fs.statSync(folder).uid !== 0) return;
  fs.lchownSync(data, account.uid, account.gid);
  for (const entry of fs.readdirSync(data, { recursive: true, withFileTypes: true })) {
    fs.lchownSync(path.join(entry.parentPath, entry.name), account.uid, account.gid);
  }
}

function readAccounts(): { name: string; uid: number; gid: number }[] {
  const lines = fs.existsSync('/etc/passwd') ? fs.readFileSync('/etc/passwd', 'utf8').split('\n') : [];
  return lines
    .map((line) => line.split(':'))
    .filter((fields) => fields.length >= 4)
    .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }));
}
