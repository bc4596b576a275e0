import { randomUUID } from 'node:crypto';

import { Command } from 'commander';

import { claimStates, type ClaimState } from '../routing/claim.states.ts';
import { CLAIM_KINDS, CLAIM_ROLES, type ClaimDecision, type ClaimKind, type ClaimRole } from '../routing/claim.ts';
import type { ApiClient } from './api-client.ts';
import { EXIT, Failure } from './failure.ts';
import { print, table } from './output.ts';
import { accepted, everyNode, type Payload, type UserError } from './payload.ts';
import { clientFor, withTarget, type TargetOptions } from './target.ts';

interface Claim {
  readonly id: string;
  readonly organisation: string;
  readonly kind: string;
  readonly role: string;
  readonly value: string;
  readonly state: string;
}

interface ClaimResult {
  readonly claim: Claim | null;
  readonly error: UserError | null;
}

interface Json extends TargetOptions {
  readonly json?: boolean;
}

/** As many as the hub takes at once. */
const AT_ONCE = 1000;
const FIELDS = 'id organisation kind role value state';
const RESULTS = `results { claim { ${FIELDS} } error { code message } } errors { code message path }`;
const PAGE = `{ edges { node { ${FIELDS} } } pageInfo { hasNextPage endCursor } }`;
const ADD = `mutation ($input: ClaimAssetsInput!) { answer: claimAssets(input: $input) { ${RESULTS} } }`;
const DECIDE = `mutation ($input: DecideClaimsInput!) { answer: decideAssetClaims(input: $input) { ${RESULTS} } }`;
const RELEASE = `mutation ($input: ReleaseAssetsInput!) { answer: releaseAssets(input: $input) { ${RESULTS} } }`;
const OWN = `query ($after: String) { page: assetClaims(first: ${AT_ONCE}, after: $after) ${PAGE} }`;
const OPERATED = `query ($after: String, $state: ClaimState) {
  page: operatedAssetClaims(first: ${AT_ONCE}, after: $after, state: $state) ${PAGE} }`;

export function claimCommand(): Command {
  return new Command('claim')
    .description('what providers say is theirs: what concerns it comes to their inbox')
    .addCommand(addCommand())
    .addCommand(listCommand())
    .addCommand(releaseCommand())
    .addCommand(decideCommand('approve', 'VERIFY', 'let pending claims route from now on; for operators'))
    .addCommand(decideCommand('refuse', 'REFUSE', 'refuse pending claims; for operators'))
    .addCommand(decideCommand('renew', 'RENEW', 'let claims route for another year; for operators'))
    .addCommand(decideCommand('revoke', 'REVOKE', 'end claims, or settle a dispute against them; for operators'))
    .addCommand(decideCommand('dispute', 'DISPUTE', 'let claims route no longer until it is settled; for operators'))
    .addCommand(decideCommand('uphold', 'UPHOLD', 'settle a dispute for a claim; for operators'));
}

function addCommand(): Command {
  return withTarget(new Command('add'))
    .description('claim what is yours; it routes once the operator has approved it')
    .argument('<value...>', 'domain names, or whatever --kind says')
    .requiredOption('--role <role>', `in which role you can act on it: ${CLAIM_ROLES.join(', ')}`, readRole)
    .option('--kind <kind>', CLAIM_KINDS.join(', '), readKind, 'DOMAIN_SUFFIX')
    .option('--tld <tld>', 'with REGISTRAR_HANDLE: the top-level domain of its registry')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  tocsin claim add hostavia.example customer.example --role HOST --as host
  tocsin claim add 192.0.2.0/24 2001:db8::/32 --kind IP_PREFIX --role NETWORK --as host
  tocsin claim add 1234 --kind IANA_REGISTRAR_ID --role REGISTRAR --as registrar`,
    )
    .action(async (values: string[], options: Json & { role: ClaimRole; kind: ClaimKind; tld?: string }) => {
      const { role, kind, tld } = options;
      const assets = values.map((value) => ({ kind, value, tld, role }));
      printResults(options, values, await inBatches(clientFor(options), ADD, 'assets', assets));
    });
}

function releaseCommand(): Command {
  return withTarget(new Command('release'))
    .description('let claims of yours go: nothing new comes because of them')
    .argument('<id...>', 'claims, as "claim list" shows them')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  tocsin claim release QXNzZXRDbGFpbTo... --as host')
    .action(async (ids: string[], options: Json) => {
      printResults(options, ids, await inBatches(clientFor(options), RELEASE, 'claims', ids));
    });
}

function listCommand(): Command {
  return withTarget(new Command('list'))
    .description('list your claims; to an operator, those of the organisations that it registered')
    .option('--state <state>', claimStates.all.join(', '), readState)
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  tocsin claim list --state PENDING --as operator')
    .action(async (options: Json & { state?: ClaimState }) => {
      const client = clientFor(options);
      const all = (await isOperator(client))
        ? await everyNode<Claim>(client, OPERATED, { state: options.state })
        : await everyNode<Claim>(client, OWN);
      const claims = all.filter(({ state }) => state === (options.state ?? state));
      print(options.json, { claims }, () =>
        table(
          ['id', 'state', 'kind', 'role', 'value', 'organisation'],
          claims.map(({ id, state, kind, role, value, organisation }) => [id, state, kind, role, value, organisation]),
        ),
      );
    });
}

function decideCommand(verb: string, decision: ClaimDecision, description: string): Command {
  const pendingOnly = decision === 'VERIFY' || decision === 'REFUSE';
  const command = withTarget(new Command(verb))
    .description(description)
    .argument('[id...]', 'claims, as "claim list" shows them')
    .option('--json', 'print one JSON object')
    .addHelpText('after', `\nExample:\n  tocsin claim ${verb} QXNzZXRDbGFpbTo... --as operator`)
    .action(async (ids: string[], options: Json & { allPending?: boolean }) => {
      if (ids.length > 0 === (options.allPending ?? false)) {
        throw usage(pendingOnly ? 'Give ids, or --all-pending.' : 'Give ids.');
      }
      const client = clientFor(options);
      const pending = options.allPending ? await everyNode<Claim>(client, OPERATED, { state: 'PENDING' }) : [];
      const claims = options.allPending ? pending.map(({ id }) => id) : ids;
      printResults(options, claims, await inBatches(client, DECIDE, 'claims', claims, { decision }));
    });
  return pendingOnly ? command.option('--all-pending', 'every claim that is pending now') : command;
}

async function inBatches<Item>(
  client: ApiClient,
  mutation: string,
  field: string,
  items: readonly Item[],
  input: object = {},
): Promise<ClaimResult[]> {
  const results: ClaimResult[] = [];
  for (let start = 0; start < items.length; start += AT_ONCE) {
    const { answer } = await client.ask<{ answer: Payload & { results: ClaimResult[] } }>(mutation, {
      input: { ...input, idempotencyKey: randomUUID(), [field]: items.slice(start, start + AT_ONCE) },
    });
    results.push(...accepted(answer).results);
  }
  return results;
}

function printResults({ json }: Json, asked: readonly string[], results: readonly ClaimResult[]): void {
  const refused = results.filter(({ error }) => error).length;
  const answers = results.map(({ claim, error }, index) => ({ asked: asked[index] ?? '', claim, error }));
  print(json, { results: answers, refused }, () =>
    answers.length === 0
      ? 'No claim is pending.'
      : table(
          ['value', 'role', 'state'],
          answers.map(({ asked: text, claim, error }) =>
            claim ? [claim.value, claim.role, claim.state] : [text, '', `refused, ${error?.code}: ${error?.message}`],
          ),
        ),
  );
  if (refused > 0) process.exitCode = EXIT.INCOMPLETE;
}

async function isOperator(client: ApiClient): Promise<boolean> {
  const { viewer } = await client.ask<{ viewer: { permissions: string[] } }>('{ viewer { permissions } }');
  return viewer.permissions.includes('HUB_OPERATE') && !viewer.permissions.includes('CLAIMS_MANAGE');
}

function readRole(text: string): ClaimRole {
  const role = CLAIM_ROLES.find((each) => each === text.toUpperCase().replaceAll('-', '_'));
  if (!role) throw usage(`--role takes ${CLAIM_ROLES.join(', ')}.`);
  return role;
}

function readKind(text: string): ClaimKind {
  const kind = CLAIM_KINDS.find((each) => each === text.toUpperCase().replaceAll('-', '_'));
  if (!kind) throw usage(`--kind takes ${CLAIM_KINDS.join(', ')}.`);
  return kind;
}

function readState(text: string): ClaimState {
  const state = claimStates.all.find((each) => each === text.toUpperCase());
  if (!state) throw usage(`--state takes ${claimStates.all.join(', ')}.`);
  return state;
}

const usage = (message: string): Failure => new Failure('USAGE', message, EXIT.USAGE);
