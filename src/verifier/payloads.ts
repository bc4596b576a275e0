import { fromBase64, fromUtf8, parseObject } from './encoding.ts';
import { FaultFound } from './fault.ts';
import { isCount } from './jws.ts';
import { leafData } from './leaf.ts';
import { LineReader, type LogSource } from './log-source.ts';
import { leafHash, type Hash } from './tree.ts';

const PATH = 'payloads.ndjson';

/** A line of payloads.ndjson: what an entry said, as far as it was not erased. */
export interface Payload {
  readonly position: number;
  readonly entry: string;
  readonly kind: string;
  readonly content: Content | null;
}

export interface Content {
  /** The leaf that salt and body give; null when they cannot be read, and so give none. */
  readonly leaf: Uint8Array | null;
  readonly body: Uint8Array | null;
}

/** The payloads of a log bundle, in the order of their positions. */
export class Payloads {
  private readonly reader: LineReader;

  constructor(private readonly source: LogSource) {
    this.reader = new LineReader(source, PATH);
  }

  async next(): Promise<Payload | null> {
    const line = await this.reader.next();
    return line === null ? null : parse(line, this.reader.place);
  }

  /** The payload of this position, which is the next one; whoever finds it at hand need not wait. */
  at(position: number): Payload | Promise<Payload> {
    const line = this.reader.take();
    if (line === undefined) return this.reader.more().then(() => this.at(position));
    const payload = line === null ? null : parse(line, this.reader.place);
    return payload?.position === position ? payload : this.throwAbsent(position, payload);
  }

  private async throwAbsent(position: number, payload: Payload | null): Promise<never> {
    if (!payload) throw new FaultFound('LOG_TRUNCATED', { position }, `${PATH} ends before position ${position}.`);
    const later = await isThere(this.source, position);
    const code = later ? 'ENTRY_SWAPPED' : 'ENTRY_MISSING';
    const message = later ? `Position ${position} stands in another place.` : `The payload of ${position} is missing.`;
    throw new FaultFound(code, { position, path: this.reader.place }, `${PATH}: ${message}`);
  }

  async end(size: number): Promise<void> {
    if ((await this.next()) === null) return;
    const place = { position: size, path: this.reader.place };
    throw new FaultFound('MALFORMED', place, 'There are payloads which the checkpoint does not cover.');
  }

  async close(): Promise<void> {
    await this.reader.close();
  }
}

/** The leaf hash that each payload gives; null where there is none. */
export async function* hashesOfPayloads(source: LogSource): AsyncGenerator<Hash | null> {
  for await (const { content } of allPayloads(source)) {
    yield content?.leaf ? leafHash(content.leaf) : null;
  }
}

async function* allPayloads(source: LogSource): AsyncGenerator<Payload> {
  const payloads = new Payloads(source);
  try {
    for (let each = await payloads.next(); each; each = await payloads.next()) yield each;
  } finally {
    await payloads.close();
  }
}

async function isThere(source: LogSource, wanted: number): Promise<boolean> {
  for await (const { position } of allPayloads(source)) if (position === wanted) return true;
  return false;
}

function parse(line: string, path: string): Payload {
  const { position, entry, kind, salt, body } = parseObject(line) ?? {};
  const isWhole = isCount(position) && typeof entry === 'string' && typeof kind === 'string';
  if (!isWhole || !isText(salt) || !isText(body) || (salt === null) !== (body === null)) {
    throw new FaultFound('MALFORMED', { path }, 'The line is no payload.');
  }
  return { position, entry, kind, content: contentOf(salt, body) };
}

/** What salt and body, in base64, say; null when both are erased. */
export function contentOf(salt: string | null, body: string | null): Content | null {
  if (salt === null || body === null) return null;
  const [saltBytes, bodyBytes] = [fromBase64(salt), fromBase64(body)];
  const canBe = saltBytes?.length === 32 && bodyBytes !== null;
  return { leaf: canBe ? leafData(saltBytes, bodyBytes) : null, body: bodyBytes };
}

/** What a body says of its entry; null when it is no body of an entry. */
export function saidIn(body: Uint8Array | null): { id: string; kind: string; at: number; rows: unknown } | null {
  const said = body && parseObject(fromUtf8(body));
  if (!said || typeof said.id !== 'string' || typeof said.kind !== 'string' || typeof said.at !== 'string') return null;
  const at = Date.parse(said.at);
  return Number.isNaN(at) ? null : { id: said.id, kind: said.kind, at: Math.floor(at / 1000), rows: said.rows };
}

export const isText = (value: unknown): value is string | null => value === null || typeof value === 'string';
