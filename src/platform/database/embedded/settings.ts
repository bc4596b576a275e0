import { formatIdentity, thisProcess } from './process-identity.ts';

export type Durability = 'durable' | 'throwaway';

/** The name under which the server's command line carries who started it: it cannot differ from the server that runs. */
export const ownerSetting = 'tocsin.owner';

const everywhere = {
  max_connections: '200',
  shared_buffers: '96MB',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // Statements and their errors go to the client that sent them. Kept here they would fill the disk with what reports
  // contain about people; what remains is the server's own life and its fatal errors.
  log_min_messages: 'log',
  log_checkpoints: 'off',
};

const throwaway = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  autovacuum: 'off',
};

/** The last of two equal settings wins: the caller's over ours, but never over what the launcher relies on. */
export function serverArguments(options: {
  port: number;
  durability: Durability;
  settings: Readonly<Record<string, string>>;
}): string[] {
  const settings = [
    everywhere,
    options.durability === 'throwaway' ? throwaway : {},
    options.settings,
    {
      listen_addresses: '127.0.0.1',
      port: String(options.port),
      unix_socket_directories: '',
      logging_collector: 'off',
      log_destination: 'stderr',
      // What failed is read from the log, in English.
      lc_messages: 'C',
      [ownerSetting]: formatIdentity(thisProcess()),
    },
  ].flatMap((group) => Object.entries(group));
  return settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
