import { Command, Option } from 'commander';

import { LEGAL_BASES, REQUESTED_ACTIONS } from '../referral/request.ts';
import { ASSESSMENTS } from '../triage/case.ts';
import { caseStates } from '../triage/case.states.ts';
import type { ApiClient } from './api-client.ts';
import { decide } from './bulk-decision.ts';
import { EXIT, Failure } from './failure.ts';
import { print, table } from './output.ts';
import { everyNode } from './payload.ts';
import { clientFor, withTarget, type TargetOptions } from './target.ts';

interface Case {
  readonly id: string;
  readonly state: string;
  readonly resource: string;
  readonly dueAt: string;
}

interface Options extends TargetOptions {
  readonly state?: string;
  readonly all?: true;
  readonly resource?: string;
  readonly json?: true;
}

const LIST = `query ($after: String) { page: cases(first: 100, after: $after) {
  edges { node { id state resource dueAt } } pageInfo { hasNextPage endCursor } } }`;
const decision = (
  name: string,
  input: string,
): string => `mutation ($input: ${input}!) { decided: ${name}(input: $input) {
  results { row: case { id resource state } error { code message } } errors { code message path } } }`;
const CONFIRM = decision('confirmCases', 'ConfirmCasesInput');
const FORWARD = decision('forwardCases', 'ForwardCasesInput');

export function caseCommand(): Command {
  return new Command('case')
    .description("a CERT's queue: what is asked to be decided, and deciding it")
    .addCommand(listCommand())
    .addCommand(confirmCommand())
    .addCommand(forwardCommand());
}

function listCommand(): Command {
  return withTarget(new Command('list'))
    .description('list the queue, the most urgent first')
    .addOption(new Option('--state <state>', 'in this state alone').choices(caseStates.all))
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  tocsin case list --state NEW --as cert')
    .action(async (options: Options) => {
      const cases = await casesIn(clientFor(options), options.state);
      const rows = cases.map(({ id, state, dueAt, resource }) => [id, state, dueAt, resource]);
      print(options.json, { cases }, () => table(['id', 'state', 'due', 'resource'], rows));
    });
}

function confirmCommand(): Command {
  return withTarget(new Command('confirm'))
    .description('say that what is reported in cases stands; nobody is told by it')
    .argument('[ids...]', 'cases, as "case list" shows them')
    .option('--all', 'every case that is NEW')
    .option('--resource <resource>', 'the case that is NEW about this, as "case list" shows it')
    .addOption(new Option('--assessment <assessment>').choices(ASSESSMENTS).default('UNKNOWN'))
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  tocsin case confirm --all --assessment MALICIOUSLY_REGISTERED --as cert')
    .action(async (ids: string[], options: Options & { assessment: string }) => {
      const client = clientFor(options);
      const input = { assessment: options.assessment };
      await decide(
        client,
        CONFIRM,
        { ids: await chosen(client, ids, options, 'NEW'), list: 'cases', input },
        options.json,
      );
    });
}

function forwardCommand(): Command {
  return withTarget(new Command('forward'))
    .description('ask the parties that can act')
    .argument('[ids...]', 'cases, as "case list" shows them')
    .option('--all', 'every case that is CONFIRMED')
    .option('--resource <resource>', 'the case that is CONFIRMED about this, as "case list" shows it')
    .addOption(new Option('--action <action>', 'what is asked').choices(REQUESTED_ACTIONS).default('INVESTIGATE'))
    .addOption(new Option('--basis <basis>', 'on what it rests').choices(LEGAL_BASES).default('VOLUNTARY_COOPERATION'))
    .option('--note <text>', 'for the parties')
    .option('--confirm-no-party', 'end those for which nobody can act')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  tocsin case forward --all --action SUSPEND --basis TERMS_OF_SERVICE --as cert')
    .action(async (ids: string[], options: Options & Request) => {
      const client = clientFor(options);
      const input = {
        ...{ requestedAction: options.action, legalBasis: options.basis, note: options.note },
        confirmNoParty: options.confirmNoParty ?? false,
      };
      const cases = await chosen(client, ids, options, 'CONFIRMED');
      await decide(client, FORWARD, { ids: cases, list: 'cases', input }, options.json);
    });
}

interface Request {
  readonly action: string;
  readonly basis: string;
  readonly note?: string;
  readonly confirmNoParty?: true;
}

async function chosen(client: ApiClient, ids: string[], { all, resource }: Options, state: string): Promise<string[]> {
  const ways = [ids.length > 0, all === true, resource !== undefined].filter(Boolean).length;
  if (ways !== 1) throw new Failure('USAGE', 'Give the ids of cases, or --all, or --resource.', EXIT.USAGE);
  if (ids.length > 0) return ids;
  const cases = await casesIn(client, state);
  return cases.filter((one) => resource === undefined || one.resource === resource).map(({ id }) => id);
}

async function casesIn(client: ApiClient, state: string | undefined): Promise<Case[]> {
  const cases = await everyNode<Case>(client, LIST);
  return state === undefined ? cases : cases.filter((each) => each.state === state);
}
