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
}

interface Json extends TargetOptions {
  readonly json?: boolean;
}

const CREATE = `mutation ($input: CreateClientInput!) { createClient(input: $input) { client apiKey errors { code message path } } }`;
const LIST = `query ($after: String) { page: clients(first: 100, after: $after) {
  edges { node { id name permissions expiresAt revokedAt } } pageInfo { hasNextPage endCursor } } }`;
const REVOKE = `mutation ($id: ID!) { revokeClient(client: $id) { client errors { code message path } } }`;

export function keyCommand(): Command {
  return new Command('key')
    .description("your organisation's API keys")
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(revokeCommand());
}

function createCommand(): Command {
  return withTarget(new Command('create'))
    .description('issue a key and print it; it is shown this once')
    .argument('<name>', 'what it is for')
    .requiredOption('--permission <permission>', `${PERMISSIONS.join(', ')}; may be given several times`, collect)
    .option('--expires <instant>', 'refused from then on: 2027-01-31, or 2027-01-31T12:00:00Z', readInstant)
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  tocsin key create "feed reader" --permission events:read --expires 2027-01-31')
    .action(async (name: string, options: Json & { permission: string[]; expires?: string }) => {
      const input = { name, permissions: options.permission, expiresAt: options.expires };
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

function listCommand(): Command {
  return withTarget(new Command('list'))
    .description("list your organisation's keys, oldest first")
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  tocsin key list --as registrar')
    .action(async (options: Json) => {
      const keys = await everyNode<Key>(clientFor(options), LIST);
      print(options.json, { keys }, () =>
        table(
          ['id', 'state', 'permissions', 'name'],
          keys.map((key) => [key.id, stateOf(key), key.permissions.join(','), key.name]),
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

const usage = (message: string): Failure => new Failure('USAGE', message, EXIT.USAGE);
