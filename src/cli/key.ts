import { readFileSync } from 'node:fs';

import { Command } from 'commander';

import { instantOf } from '../formats/instant.ts';
import { PERMISSIONS } from '../platform/viewer.ts';
import { EXIT, Failure } from './failure.ts';
import { print, table } from './output.ts';
import { accepted, everyNode, type Payload } from './payload.ts';
import { clientFor, withTarget, type TargetOptions } from './target.ts';

interface Key {
  readonly id: string;
  readonly name: string;
  readonly permissions: readonly string[];
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  readonly networks: readonly string[];
  readonly lastUsedAt: string | null;
  readonly issuer: string | null;
  readonly issuerClient: string | null;
}

interface Json extends TargetOptions {
  readonly json?: boolean;
}

const CREATE = `mutation ($input: CreateClientInput!) { createClient(input: $input) { client apiKey errors { code message path } } }`;
const LIST = `query ($after: String) { page: clients(first: 100, after: $after) {
  edges { node { id name permissions expiresAt revokedAt networks lastUsedAt issuer issuerClient } } pageInfo { hasNextPage endCursor } } }`;
const LINK = `mutation ($input: LinkClientInput!) { linkClient(input: $input) { client errors { code message path } } }`;
const UPDATE = `mutation ($input: UpdateClientInput!) { updateClient(input: $input) { client errors { code message path } } }`;
const ROTATE = `mutation ($input: RotateClientKeyInput!) { rotateClientKey(input: $input) { client apiKey errors { code message path } } }`;
const REVOKE = `mutation ($id: ID!) { revokeClient(client: $id) { client errors { code message path } } }`;

export function keyCommand(): Command {
  return new Command('key')
    .description("your organisation's API keys, and the OAuth clients that act for it")
    .addCommand(createCommand())
    .addCommand(linkCommand())
    .addCommand(listCommand())
    .addCommand(changeCommand())
    .addCommand(rotateCommand())
    .addCommand(revokeCommand());
}

function createCommand(): Command {
  return withTarget(new Command('create'))
    .description('issue a key and print it; it is shown this once')
    .argument('<name>', 'what it is for')
    .requiredOption('--permission <permission>', `${PERMISSIONS.join(', ')}; may be given several times`, collect)
    .option('--expires <instant>', 'refused from then on: 2027-01-31, or 2027-01-31T12:00:00Z', readInstant)
    .option('--network <network>', FROM, gather)
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  tocsin key create "feed reader" --permission events:read --expires 2027-01-31')
    .action(async (name: string, options: Json & { permission: string[]; expires?: string; network?: string[] }) => {
      const { permission: permissions, expires: expiresAt, network: networks } = options;
      const input = { name, permissions, expiresAt, networks };
      const data = await clientFor(options).ask<{ createClient: Payload & { client: string; apiKey: string } }>(
        CREATE,
        {
          input,
        },
      );
      const { client: id, apiKey } = accepted(data.createClient);
      print(
        options.json,
        { id, name, permissions: options.permission, expiresAt: options.expires ?? null, apiKey },
        () => `A key for ${name} is issued.\nid   ${id}\nkey  ${apiKey}\nThe key is shown this once.`,
      );
    });
}

function linkCommand(): Command {
  return withTarget(new Command('link'))
    .description("let an OpenID provider's client act for your organisation, by its access tokens instead of a key")
    .argument('<name>', 'what it is for')
    .requiredOption('--permission <permission>', `${PERMISSIONS.join(', ')}; may be given several times`, collect)
    .requiredOption(
      '--token-file <file>',
      'an access token for this hub that the client has just fetched; -: from stdin',
    )
    .option('--expires <instant>', 'refused from then on: 2027-01-31, or 2027-01-31T12:00:00Z', readInstant)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
The token shows that the client is yours. The hub keeps who it is about (iss, client_id, sub), not the token.

Example:
  fetch-a-token | tocsin key link "our SIEM" --permission events:read --token-file -`,
    )
    .action(async (name: string, options: Json & { permission: string[]; tokenFile: string; expires?: string }) => {
      const accessToken = readFileSync(options.tokenFile === '-' ? 0 : options.tokenFile, 'utf8').trim();
      const input = { name, permissions: options.permission, expiresAt: options.expires, accessToken };
      const data = await clientFor(options).ask<{ linkClient: Payload & { client: string } }>(LINK, { input });
      const { client: id } = accepted(data.linkClient);
      print(options.json, { id, name, permissions: options.permission }, () => `Linked.\nid   ${id}`);
    });
}

function changeCommand(): Command {
  return withTarget(new Command('change'))
    .description('change what a key may do, or from where or until when it opens; the key itself stays')
    .argument('<id>', 'the key, as "key list" shows it')
    .option('--permission <permission>', 'what it keeps of what it holds; may be given several times', collect)
    .option('--network <network>', FROM, gather)
    .option('--anywhere', 'it opens from everywhere again')
    .option('--expires <instant>', 'refused from then on: 2027-01-31, or 2027-01-31T12:00:00Z', readInstant)
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  tocsin key change Q2xpZW50Oj... --network 192.0.2.0/24 --as registrar')
    .action(async (id: string, options: Json & Change) => {
      const { permission: permissions, network, anywhere, expires: expiresAt } = options;
      if (anywhere && network) throw usage('--anywhere and --network say the opposite of each other.');
      const input = { client: id, permissions, networks: anywhere ? [] : network, expiresAt };
      const data = await clientFor(options).ask<{ updateClient: Payload }>(UPDATE, { input });
      accepted(data.updateClient);
      print(options.json, { id, changed: true }, () => 'The key is changed.');
    });
}

interface Change {
  readonly permission?: string[];
  readonly network?: string[];
  readonly anywhere?: boolean;
  readonly expires?: string;
}

const FROM = 'opens from this network only, e.g. 192.0.2.0/24; may be given several times';

const gather = (value: string, before: string[] = []): string[] => [...before, value];

function rotateCommand(): Command {
  return withTarget(new Command('rotate'))
    .description('replace a key and print the new one; the old one still opens for 24 hours, unless told otherwise')
    .argument('<id>', 'the key, as "key list" shows it')
    .option('--old-until <instant>', 'until when the old one opens: an instant within 30 days, or "now"', readOldUntil)
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  tocsin key rotate Q2xpZW50Oj... --old-until now --as registrar')
    .action(async (id: string, options: Json & { oldUntil?: string }) => {
      const input = { client: id, oldKeyUntil: options.oldUntil };
      const data = await clientFor(options).ask<{ rotateClientKey: Payload & { apiKey: string } }>(ROTATE, { input });
      const { apiKey } = accepted(data.rotateClientKey);
      print(options.json, { id, apiKey }, () => `The key is replaced.\nkey  ${apiKey}\nThe key is shown this once.`);
    });
}

function listCommand(): Command {
  return withTarget(new Command('list'))
    .description("list your organisation's keys, oldest first")
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  tocsin key list --as registrar')
    .action(async (options: Json) => {
      const keys = await everyNode<Key>(clientFor(options), LIST);
      print(options.json, { keys }, () =>
        table(
          ['id', 'state', 'last used', 'from', 'permissions', 'by', 'name'],
          keys.map((key) => [
            ...[key.id, stateOf(key), key.lastUsedAt ?? 'never', key.networks.join(',') || 'everywhere'],
            ...[key.permissions.join(','), holderOf(key), key.name],
          ]),
        ),
      );
    });
}

function revokeCommand(): Command {
  return withTarget(new Command('revoke'))
    .description('end a key: refused within seconds, its open connections closed within a minute')
    .argument('<id>', 'the key, as "key list" shows it')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  tocsin key revoke Q2xpZW50Oj... --as registrar')
    .action(async (id: string, options: Json) => {
      const data = await clientFor(options).ask<{ revokeClient: Payload }>(REVOKE, { id });
      accepted(data.revokeClient);
      print(options.json, { id, revoked: true }, () => 'The key is revoked.');
    });
}

function stateOf({ expiresAt, revokedAt }: Key): string {
  if (revokedAt !== null) return `revoked ${revokedAt}`;
  if (expiresAt === null) return 'valid';
  return new Date(expiresAt) > new Date() ? `valid until ${expiresAt}` : `expired ${expiresAt}`;
}

const holderOf = ({ issuer, issuerClient }: Key): string =>
  issuer === null ? 'key' : `tokens of ${issuerClient} at ${issuer}`;

/** The API's name: GraphQL's cannot hold a colon. */
function collect(value: string, names: string[] = []): string[] {
  const permission = PERMISSIONS.find((each) => each === value.toLowerCase().replace('_', ':'));
  if (!permission) throw usage(`--permission takes ${PERMISSIONS.join(', ')}.`);
  return [...names, permission.toUpperCase().replace(':', '_')];
}

function readInstant(text: string): string {
  const instant = instantOf(text);
  if (!instant) throw usage('--expires takes 2027-01-31 or 2027-01-31T12:00:00Z.');
  if (new Date(instant.at) <= new Date()) throw usage('--expires lies in the past.');
  return instant.at;
}

function readOldUntil(text: string): string {
  const instant = text === 'now' ? new Date().toISOString() : instantOf(text)?.at;
  if (instant === undefined) throw usage('--old-until takes now, 2027-01-31 or 2027-01-31T12:00:00Z.');
  return instant;
}

const usage = (message: string): Failure => new Failure('USAGE', message, EXIT.USAGE);
