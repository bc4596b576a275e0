import { Command, Option } from 'commander';

import { ACTIONS, DECLINE_REASONS } from '../referral/answer.ts';
import type { ApiClient } from './api-client.ts';
import { decide } from './bulk-decision.ts';
import { EXIT, Failure } from './failure.ts';
import { print, table } from './output.ts';
import { everyNode } from './payload.ts';
import { clientFor, withTarget, type TargetOptions } from './target.ts';

interface Item {
  readonly id: string;
  readonly role: string;
  readonly state: string;
  readonly resource: string;
}

interface Options extends TargetOptions {
  readonly all?: true;
  readonly resource?: string;
  readonly note?: string;
  readonly reference?: string;
  readonly json?: true;
}

/** A desk has not answered these for good. */
const OPEN: ReadonlySet<string> = new Set(['SENT', 'DELIVERED', 'ACKNOWLEDGED']);

const LIST = `query ($after: String) { page: inbox(first: 100, after: $after) {
  edges { node { id role state resource } } pageInfo { hasNextPage endCursor } } }`;
const answer = (
  name: string,
  input: string,
): string => `mutation ($input: ${input}!) { decided: ${name}(input: $input) {
  results { row: item { id resource state } error { code message } } errors { code message path } } }`;
const ACKNOWLEDGE = answer('acknowledgeItems', 'AcknowledgeItemsInput');
const ACT = answer('reportAction', 'ReportActionInput');
const DECLINE = answer('declineItems', 'DeclineItemsInput');

export function itemCommand(): Command {
  return new Command('item')
    .description("a provider's desk: what it is asked, and answering")
    .addCommand(listCommand())
    .addCommand(answering('acknowledge', 'say that items are being looked at').action(acknowledge))
    .addCommand(
      answering('act', 'say what was done')
        .addOption(new Option('--action <action>').choices(ACTIONS).makeOptionMandatory())
        .action((ids: string[], options: Options & { action: string }) =>
          answerWith(ACT, ids, options, { action: options.action }),
        ),
    )
    .addCommand(
      answering('decline', 'say why nothing will be done')
        .addOption(new Option('--reason <reason>').choices(DECLINE_REASONS).makeOptionMandatory())
        .action((ids: string[], options: Options & { reason: string }) =>
          answerWith(DECLINE, ids, options, { reason: options.reason }),
        ),
    );
}

function listCommand(): Command {
  return withTarget(new Command('list'))
    .description('list the desk, the most urgent first')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  tocsin item list --as registrar')
    .action(async (options: Options) => {
      const items = await itemsOf(clientFor(options));
      const rows = items.map(({ id, role, state, resource }) => [id, role, state, resource]);
      print(options.json, { items }, () => table(['id', 'role', 'state', 'resource'], rows));
    });
}

function answering(name: string, description: string): Command {
  return withTarget(new Command(name))
    .description(description)
    .argument('[ids...]', 'items, as "item list" shows them')
    .option('--all', 'every item that waits for an answer')
    .option('--resource <resource>', 'those that wait and are about this, as "item list" shows it')
    .option('--reference <text>', 'the ticket in your own system')
    .option('--note <text>', 'for the coordinators')
    .option('--json', 'print one JSON object')
    .addHelpText('after', `\nExample:\n  tocsin item ${name} --all${EXAMPLES[name] ?? ''} --as registrar`);
}

const EXAMPLES: Readonly<Record<string, string>> = {
  acknowledge: ' --reference TICKET-4711',
  act: ' --action DOMAIN_CLIENT_HOLD',
  decline: ' --reason NOT_OUR_CUSTOMER',
};

const acknowledge = (ids: string[], options: Options): Promise<void> => answerWith(ACKNOWLEDGE, ids, options, {});

async function answerWith(mutation: string, ids: string[], options: Options, input: object): Promise<void> {
  const client = clientFor(options);
  const said = { ...input, note: options.note, providerReference: options.reference };
  await decide(client, mutation, { ids: await chosen(client, ids, options), list: 'items', input: said }, options.json);
}

async function chosen(client: ApiClient, ids: string[], { all, resource }: Options): Promise<string[]> {
  const ways = [ids.length > 0, all === true, resource !== undefined].filter(Boolean).length;
  if (ways !== 1) throw new Failure('USAGE', 'Give the ids of items, or --all, or --resource.', EXIT.USAGE);
  if (ids.length > 0) return ids;
  const open = (await itemsOf(client)).filter(({ state }) => OPEN.has(state));
  return open.filter((one) => resource === undefined || one.resource === resource).map(({ id }) => id);
}

const itemsOf = (client: ApiClient): Promise<Item[]> => everyNode<Item>(client, LIST);
