import fs from 'node:fs/promises';

import type { Anchor, Anchored } from '../ledger/anchor.ts';
import { writeDurably } from './private-file.ts';

const HEAD = `# The last tree that each log named here has signed: name, size, root, generation of its feeds.
# A hub that finds itself behind its line was restored, and signs nothing until somebody says so.
# Keep this file, and keep it apart from the data: it must not go back when they do.
`;
const LINE = /^(\S+) (\d{1,15}) ([A-Za-z0-9+/]{43}=) (\d{1,9})$/;

/** An anchor in a file, for a hub of one node. Of several logs each has a line of its own. */
export class AnchorFile implements Anchor {
  constructor(readonly place: string) {}

  async read(origin: string): Promise<Anchored | null> {
    return (await this.lines()).get(origin) ?? null;
  }

  async write(origin: string, anchored: Anchored): Promise<void> {
    const lines = (await this.lines()).set(origin, anchored);
    const text = [...lines].map(
      ([name, { size, root, generation }]) => `${name} ${size} ${Buffer.from(root).toString('base64')} ${generation}\n`,
    );
    await writeDurably(this.place, HEAD + text.join(''));
  }

  private async lines(): Promise<Map<string, Anchored>> {
    const text = await fs.readFile(this.place, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return new Map(lines.map(parse));
  }
}

function parse(line: string): [string, Anchored] {
  const [, name, size, root = '', generation] = LINE.exec(line) ?? [];
  if (name === undefined) throw new Error('a line of it is not one of an anchor');
  return [name, { size: Number(size), root: Buffer.from(root, 'base64'), generation: Number(generation) }];
}
