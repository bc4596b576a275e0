import { parseCheckpoint } from '../../src/verifier/checkpoint.ts';
import { parseNote } from '../../src/verifier/note.ts';
import { AnchorFile } from '../../src/server/anchor-file.ts';
import { Failed } from './experiment.ts';
import type { Place } from './place.ts';

/** Every root that anybody was shown, or that was about to be signed: there must be one for each size. */
export class Roots {
  private readonly bySize = new Map<number, string>();
  /** The first checkpoint that was shown: what a stranger kept. */
  first: string | null = null;

  constructor(private readonly place: Place) {}

  get count(): number {
    return this.bySize.size;
  }

  /** What the nodes publish now, and what the anchor holds. */
  async look(): Promise<void> {
    for (const url of this.place.urls) {
      const response = await fetch(new URL('/checkpoint', url)).catch(() => null);
      if (response?.ok) this.shown(await response.text());
    }
    await this.lookAtAnchor();
  }

  async lookAtAnchor(): Promise<void> {
    const [log] = await this.place.rows<{ origin: string }>('SELECT origin FROM ledger_tree').catch(() => []);
    const anchored = log && (await new AnchorFile(this.place.anchor).read(log.origin));
    if (anchored) this.keep(anchored.size, Buffer.from(anchored.root).toString('hex'));
  }

  /** What was published at any time. */
  async lookBack(): Promise<void> {
    const rows = await this.place.rows<{ note: string }>('SELECT note FROM ledger_checkpoint ORDER BY size');
    for (const { note } of rows) this.shown(note);
  }

  private shown(note: string): void {
    const tree = parseCheckpoint(parseNote(note)?.text ?? '');
    if (!tree) throw new Failed('A checkpoint was shown that is none.');
    this.first ??= note;
    this.keep(tree.size, Buffer.from(tree.root).toString('hex'));
  }

  private keep(size: number, root: string): void {
    const known = this.bySize.get(size) ?? root;
    if (known !== root) throw new Failed(`Two roots for size ${size}: ${known} and ${root}.`);
    this.bySize.set(size, root);
  }
}
