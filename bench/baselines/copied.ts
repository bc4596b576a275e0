import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

import { readIndicator } from '../../src/intake/indicator.ts';
import { newId } from '../../src/platform/ids.ts';
import { resourceListVersion } from '../../src/observable/holder.ts';
import type { BenchIndicator } from '../support/indicators.ts';

const COLUMNS =
  'id, report_id, reporter_id, ord, type, value, resource, resource_kind, resource_value, list_version, category, content_hash, outcome, consents';

/** A table with the columns, checks and indexes of indicators, without foreign keys, triggers and policies. */
export async function makeCopied(admin: pg.Client): Promise<void> {
  await admin.query('CREATE TABLE public.copied (LIKE hub.indicator INCLUDING ALL)');
}

/** The lines of COPY that leave in that table the rows which the hub writes of one report. */
export function copyText(items: readonly BenchIndicator[], reporter: string): string {
  const report = newId();
  const claims = new Set<string>();
  const lines = items.flatMap((item, ord) => {
    const read = readIndicator({ ...item, category: 'PHISHING' }, { documentation: true });
    if (!read.ok || claims.has(read.claim)) return [];
    claims.add(read.claim);
    const { resource } = read;
    return [
      [
        ...[newId(), report, reporter, ord, read.type, read.value, bytes(resource?.hash), resource?.kind],
        ...[resource?.value, resourceListVersion, 'PHISHING', bytes(read.contentHash)],
        ...[resource ? 'RECEIVED' : 'CONTEXT', 't'],
      ]
        .map(escaped)
        .join('\t') + '\n',
    ];
  });
  return lines.join('');
}

/** Each text is a transaction of its own. */
export async function copyAll(admin: pg.Client, texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    await pipeline(Readable.from([text]), admin.query(copyFrom(`COPY public.copied (${COLUMNS}) FROM STDIN`)));
  }
}

const bytes = (value: Buffer | undefined): string | undefined => value && `\\x${value.toString('hex')}`;

function escaped(value: string | number | undefined): string {
  if (value === undefined) return '\\N';
  return String(value).replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n');
}
