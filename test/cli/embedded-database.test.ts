import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openDataFolder, type Secrets } from '../../src/server/data-folder.ts';
import {
  startEmbeddedDatabase,
  withEmbeddedDatabase,
  type EmbeddedDatabase,
} from '../../src/server/embedded-database.ts';
import { writeRunning } from '../../src/server/running-file.ts';

let folder: string;
let secrets: Secrets;
let first: EmbeddedDatabase;

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tocsin-embedded-'));
  secrets = openDataFolder(folder, 'PRODUCTION');
  first = await startEmbeddedDatabase(folder, secrets);
});
afterAll(async () => {
  await first.postgres.stop();
  fs.rmSync(folder, { recursive: true });
});

/** As the hub that holds the folder would write it. */
const say = (stopping: boolean) =>
  writeRunning(folder, {
    ...{ pid: process.pid, url: 'http://127.0.0.1:4000/graphql', databasePort: first.postgres.port, stopping },
  });

describe('the database of a folder', () => {
  it('is another’s while its hub runs, which a command on the machine shares', async () => {
    say(false);
    await expect(startEmbeddedDatabase(folder, secrets)).rejects.toMatchObject({
      code: 'IN_USE',
      message: expect.stringContaining('at http://127.0.0.1:4000/graphql'),
    });
    const port = await withEmbeddedDatabase(folder, async ({ adminUrl }) => new URL(adminUrl).port);
    expect(port).toBe(String(first.postgres.port));
  });

  it('is had as soon as a hub that is told to stop has let go of it', async () => {
    say(true);
    const second = startEmbeddedDatabase(folder, secrets);
    const early = await Promise.race([second.then(() => 'had'), sleep(1_000).then(() => 'waits')]);
    expect(early).toBe('waits');
    await first.postgres.stop();
    const { postgres } = await second;
    expect(postgres.pid).not.toBe(first.postgres.pid);
    await postgres.stop();
  });
});
