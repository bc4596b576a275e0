import path from 'node:path';

import { DEMO_SLUGS, type DemoFile, type DemoOAuth } from '../server/demo-file.ts';
import type { LocalHub } from '../server/folder-hub.ts';
import { table } from './output.ts';

/** A hub that serves; `folder` is null when its database is elsewhere. */
export interface Service extends LocalHub {
  readonly folder: string | null;
}

/** How the command line is called from a clone; works offline, and with any Node. */
const COMMAND = 'npx tocsin';

/** What a person reads when a hub listens: where it is, who may ask it, and what to try. */
export async function describeService({ hub, mode, demo, folder }: Service): Promise<string> {
  const place = folder === null ? 'on DATABASE_URL' : `data in ${folder}`;
  const listens = `Tocsin listens at ${hub.url} (${mode}, ${place}; live events at ${hub.wsUrl})`;
  if (demo && folder !== null)
    return [listens, describeDemo(demo, folder), 'Ctrl-C stops it; the data stays.'].join('\n\n');
  const { hasOperator } = await import('../server/first-operator.ts');
  if (await hasOperator(hub.app.work)) return listens;
  const option = folder === null ? '' : folderOption(folder);
  return `${listens}\n\nNobody can register organisations yet. Make the first operator, in another terminal:\n  ${COMMAND} org create-operator "NAME"${option}`;
}

function describeDemo({ url, oauth, organisations }: DemoFile, folder: string): string {
  const rows = DEMO_SLUGS.map((slug) => {
    const { name, roles, apiKey } = organisations[slug];
    return [slug, roles.join(','), apiKey, name];
  });
  const option = folderOption(folder);
  const question = JSON.stringify({ query: '{ viewer { organisation { name } permissions } }' });
  return `${table(['as', 'role', 'key', 'organisation'], rows)}

For scripts the same is in ${path.join(folder, 'demo.json')}. Try, in another terminal:
  curl -s ${url} -H 'authorization: Bearer ${organisations.vendor.apiKey}' -H 'content-type: application/json' -d '${question}'
  ${COMMAND} submit examples/story.csv --as vendor${option}
  ${COMMAND} watch --as cert${option}

In a browser: ${url} (a key goes into the field at the top).${oauth ? describeOAuth(oauth) : ''}`;
}

function describeOAuth({ tokenUrl, clients }: DemoOAuth): string {
  const { clientId, clientSecret } = clients.vendor;
  return `
By OAuth instead of a key, with the access token that this prints:
  curl -s -u ${clientId}:${clientSecret} ${tokenUrl} -d grant_type=client_credentials`;
}

function folderOption(folder: string): string {
  if (folder === path.resolve('.tocsin')) return '';
  return ` --folder ${/^[\w./-]+$/.test(folder) ? folder : `'${folder}'`}`;
}
