import { spawn } from 'node:child_process';
import { enableCompileCache } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import pg from 'pg';

import { chooseAccount } from '../../src/platform/database/embedded/account.ts';
import { hereByProc, serverEnvironment } from '../../src/platform/database/embedded/cluster.ts';
import { serverArguments } from '../../src/platform/database/embedded/settings.ts';
import { readSecrets } from '../../src/server/data-folder.ts';

/**
 * The program beside which the hub's start is measured: PostgreSQL on the folder of a hub, with its settings, and in the
 * meantime the modules that the hub imports. Says `ready` when it has them and PostgreSQL has answered a query.
 */
async function start(postgres: string, folder: string): Promise<void> {
  const data = path.join(folder, 'postgres');
  const account = chooseAccount(folder, data);
  const port = await freePort();
  const server = spawn(
    postgres,
    ['-D', hereByProc, ...serverArguments({ port, durability: 'durable', settings: {} })],
    {
      ...account,
      cwd: data,
      env: serverEnvironment,
      stdio: 'ignore',
    },
  );
  process.once('SIGTERM', () => server.kill('SIGINT'));
  server.once('exit', (code) => process.exit(code ?? 1));
  const imports = Promise.all([import('../../src/cli/main.ts'), import('../../src/server/folder-hub.ts')]);
  await answered(`postgres://postgres:${readSecrets(folder)?.superuserPassword}@127.0.0.1:${port}/tocsin`);
  await imports;
  console.log('ready');
}

async function answered(connectionString: string): Promise<void> {
  for (;;) {
    const client = new pg.Client({ connectionString });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('SELECT count(*) FROM hub.organisation');
      return await client.end();
    } catch {
      await pause(5);
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

// As bin/tocsin.js does: compiled code of the imports is kept.
enableCompileCache(path.resolve('node_modules/.cache/tocsin'));
const [, , postgres = '', folder = ''] = process.argv;
await start(postgres, folder);
