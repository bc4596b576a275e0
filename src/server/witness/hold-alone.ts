import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';

import { FolderError } from '../data-folder.ts';

const HELD_BY = 'witness.sock';

/** A socket that somebody listens on is one that a living process holds; what a dead one left behind is taken over. */
export async function holdAlone(folder: string): Promise<net.Server> {
  const place = path.join(folder, HELD_BY);
  if (await isHeld(place)) {
    throw new FolderError('IN_USE', `Another witness works in ${folder}: two on one memory would sign two histories.`);
  }
  fs.rmSync(place, { force: true });
  const server = net.createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(place, resolve));
  server.unref();
  return server;
}

function isHeld(place: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(place, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
