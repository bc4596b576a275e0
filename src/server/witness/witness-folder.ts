import { createHash } from 'node:crypto';
import fs from 'node:fs';
import type net from 'node:net';
import path from 'node:path';

import { z } from 'zod';

import { newKeptKey, keptKey, SigningKey } from '../../ledger/signing-key.ts';
import { parseCheckpoint } from '../../verifier/checkpoint.ts';
import { parseNote, type NoteKey } from '../../verifier/note.ts';
import { EMPTY_ROOT, type Hash } from '../../verifier/tree.ts';
import { FolderError } from '../data-folder.ts';
import { readIfThere, writeDurably, writePrivately } from '../private-file.ts';
import { holdAlone } from './hold-alone.ts';

const KEY = 'witness.json';

const keyFile = z.object({ name: z.string(), key: keptKey });

/** What a witness saw last of a log; before it saw anything, the log without entries. */
export interface LastSeen {
  readonly size: number;
  readonly root: Hash;
}

/**
 * What a witness is, in a folder: its key, and of each log the checkpoint that it cosigned last. Both in one, so that
 * a witness which loses what it has seen has lost its key too, and is nobody's witness any more.
 */
export class WitnessFolder {
  private constructor(
    private readonly folder: string,
    readonly key: NoteKey,
    private readonly signing: SigningKey,
    private readonly hold: net.Server,
  ) {}

  /** Held by this process alone for as long as it lives. `name` is that of a witness that begins here. */
  static async open(folder: string, name: string | undefined): Promise<WitnessFolder> {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    const hold = await holdAlone(folder);
    try {
      const kept = readKey(folder) ?? makeKey(folder, name);
      if (name !== undefined && name !== kept.name) {
        throw new FolderError('WRONG_NAME', `${folder} is the witness ${kept.name}, and stays it: use a new folder.`);
      }
      const signing = new SigningKey(kept.key);
      return new WitnessFolder(folder, { name: kept.name, publicKey: signing.publicKey }, signing, hold);
    } catch (error) {
      hold.close();
      throw error;
    }
  }

  sign(text: string): Buffer {
    return this.signing.sign(text);
  }

  lastSeen(origin: string): LastSeen {
    const file = this.fileOf(origin);
    const text = readIfThere(file);
    if (text === null) return { size: 0, root: EMPTY_ROOT };
    const checkpoint = parseCheckpoint(parseNote(text)?.text ?? '');
    if (checkpoint?.origin === origin) return checkpoint;
    throw new Error(`${file} is not the checkpoint of ${origin} that was cosigned last: put it back, or begin anew.`);
  }

  /** Durable when it returns: an answer that is out must never be forgotten. */
  see(origin: string, signed: string): Promise<void> {
    return writeDurably(this.fileOf(origin), signed);
  }

  close(): void {
    this.hold.close();
  }

  private fileOf(origin: string): string {
    return path.join(this.folder, `${createHash('sha256').update(origin).digest('hex')}.checkpoint`);
  }
}

function readKey(folder: string): z.infer<typeof keyFile> | null {
  const text = readIfThere(path.join(folder, KEY));
  return text === null ? null : keyFile.parse(JSON.parse(text));
}

function makeKey(folder: string, name: string | undefined): z.infer<typeof keyFile> {
  if (name === undefined || !/^[^\s+]{1,200}$/.test(name)) {
    throw new FolderError(
      'WRONG_NAME',
      'A new witness needs a name, without spaces and plus signs: --name witness.cert.example',
    );
  }
  const kept = { name, key: newKeptKey('LOG') };
  writePrivately(path.join(folder, KEY), `${JSON.stringify(kept, null, 2)}\n`, { unlessThere: true });
  return kept;
}
