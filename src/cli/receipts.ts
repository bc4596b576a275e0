import { randomUUID } from 'node:crypto';
import fs from 'node:fs';

import { Command } from 'commander';

import { bundleFeed, type BundledEntry } from './feed-bundle.ts';
import { accepted, type Payload } from './payload.ts';
import { print } from './output.ts';
import { clientFor, resolveTarget, withTarget, type TargetOptions } from './target.ts';

const ISSUE = `mutation ($input: IssueFeedStatementInput!) { issueFeedStatement(input: $input) {
  statement { n } errors { code message path } } }`;

export function receiptsCommand(): Command {
  return withTarget(new Command('receipts'))
    .description('write your whole feed with its proofs into one file, which anybody can check without the hub')
    .argument('<file>', 'where to write it; a file that is there is replaced')
    .option('--statement', 'first have the hub state how long the feed is, which also proves what is not in it')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Needs the permission events:read. The file holds all that your feed says: keep it as you keep that.

Example:
  tocsin receipts proof.json --statement --as registrar
  tocsin verify proof.json --vkey tocsin-3f9a1c2e+...`,
    )
    .action(async (file: string, options: TargetOptions & { statement?: boolean; json?: boolean }) => {
      const client = clientFor(options);
      if (options.statement) {
        const input = { idempotencyKey: randomUUID() };
        const data = await client.ask<{ issueFeedStatement: Payload & { statement: { n: string } } }>(ISSUE, { input });
        accepted(data.issueFeedStatement);
      }
      const bundle = await bundleFeed(client, new URL('/', resolveTarget(options).url));
      const entries = write(file, bundle);
      const included = entries.filter(({ position }) => position !== null).length;
      const answer = { file, entries: entries.length, included, statements: bundle.statements.length };
      print(options.json, answer, () => `${file}: ${entries.length} entries, ${included} with their place in the log.`);
    });
}

/** Entry by entry: a feed of 100,000 is longer than a text that JavaScript likes. */
function write(
  file: string,
  { entries, ...head }: { entries: readonly BundledEntry[] } & object,
): readonly BundledEntry[] {
  const draft = `${file}.${process.pid}`;
  const descriptor = fs.openSync(draft, 'w', 0o600);
  try {
    fs.writeSync(descriptor, `${JSON.stringify(head).slice(0, -1)},"entries":[`);
    entries.forEach((entry, index) => fs.writeSync(descriptor, `${index > 0 ? ',' : ''}\n${JSON.stringify(entry)}`));
    fs.writeSync(descriptor, '\n]}\n');
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
  fs.renameSync(draft, file);
  return entries;
}
