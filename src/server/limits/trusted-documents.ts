import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

import { sha256 } from '../../platform/ids.ts';

/** The documents cannot be taken as they lie there; says which, and why. */
export class TrustedDocumentsError extends Error {
  override readonly name = 'TrustedDocumentsError';
}

/** Documents that clients may ask by the hash of their text (GraphQL over HTTP, appendix Persisted Documents). */
export interface TrustedDocuments {
  /** Nothing else is taken from anybody. */
  readonly only: boolean;
  /** Hash in hex to text. */
  readonly texts: ReadonlyMap<string, string>;
}

const PREFIX = 'sha256:';
const HASH = /^[0-9a-f]{64}$/;

/** The text of `sha256:<hex>`; undefined for what is no id of a document that is known. */
export function trustedText({ texts }: TrustedDocuments, documentId: unknown): string | undefined {
  if (typeof documentId !== 'string' || !documentId.startsWith(PREFIX)) return undefined;
  return texts.get(documentId.slice(PREFIX.length));
}

/** Reads a folder of .graphql files, or a JSON file of hash to text as the generators of clients write it. */
export function readTrustedDocuments(place: string, only: boolean): TrustedDocuments {
  try {
    const texts = statSync(place).isDirectory() ? readFolder(place) : readManifest(place);
    return { only, texts: new Map(texts.map((text) => [sha256(text).toString('hex'), text])) };
  } catch (error) {
    if (error instanceof TrustedDocumentsError) throw error;
    throw new TrustedDocumentsError(`${place} cannot be read: ${(error as Error).message}`);
  }
}

function readFolder(folder: string): string[] {
  const files = readdirSync(folder).filter((name) => /\.(graphql|gql)$/.test(name));
  if (files.length === 0) throw new TrustedDocumentsError(`There is no .graphql file in ${folder}.`);
  return files.map((name) => readFileSync(path.join(folder, name), 'utf8'));
}

/** Under each hash the text that has it: a document that was changed by hand is not what its client was built with. */
function readManifest(file: string): string[] {
  const written = JSON.parse(readFileSync(file, 'utf8')) as unknown;
  if (typeof written !== 'object' || written === null || Array.isArray(written))
    throw new TrustedDocumentsError(`${file} must be one JSON object of hash to document.`);
  return Object.entries(written).map(([id, text]: [string, unknown]) => {
    const hash = id.startsWith(PREFIX) ? id.slice(PREFIX.length) : id;
    if (typeof text !== 'string' || !HASH.test(hash) || sha256(text).toString('hex') !== hash)
      throw new TrustedDocumentsError(`In ${file}, ${id} is not the SHA-256 in hex of the document beside it.`);
    return text;
  });
}
