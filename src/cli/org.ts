import { Command } from 'commander';

import { readHubConfig } from '../app/config/hub.ts';
import { ROLES, type Role } from '../platform/viewer.ts';
import { EXIT, Failure } from './failure.ts';
import { onDatabase } from './on-database.ts';
import { print, table } from './output.ts';
import { accepted, everyNode, type Payload } from './payload.ts';
import { clientFor, withTarget, type TargetOptions } from './target.ts';

interface Organisation {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly state: string;
}

interface Json extends TargetOptions {
  readonly json?: boolean;
}

const ORGANISATION = 'organisation { id name roles state }';
const ERRORS = 'errors { code message path }';
const CREATE = `mutation ($input: CreateOrganisationInput!) { createOrganisation(input: $input) { apiKey ${ORGANISATION} ${ERRORS} } }`;
const LIST = `query ($after: String) { page: organisations(first: 100, after: $after) {
  edges { node { id name roles state } } pageInfo { hasNextPage endCursor } } }`;
const SUSPEND = `mutation ($id: ID!) { answer: suspendOrganisation(organisation: $id) { ${ORGANISATION} ${ERRORS} } }`;
const REINSTATE = `mutation ($id: ID!) { answer: reinstateOrganisation(organisation: $id) { ${ORGANISATION} ${ERRORS} } }`;

export function orgCommand(): Command {
  return new Command('org')
    .description('the organisations of a hub')
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(stateCommand('suspend', SUSPEND, SUSPENDS))
    .addCommand(stateCommand('reinstate', REINSTATE, REINSTATES))
    .addCommand(createOperatorCommand());
}

function createCommand(): Command {
  return withTarget(new Command('create'))
    .description('register an organisation and print its first key, which is shown this once; for operators')
    .argument('<name>', 'its name, as others shall read it')
    .requiredOption('--role <role>', `${ROLES.join(', ')}; may be given several times`, collectRole)
    .option('--coordinator <id>', 'the CERT that leads the reports of this vendor unless they name another')
    .option(
      '--unclaimed <id>',
      'an organisation that nobody has claimed, as "org list" shows it: it gets this name and a key',
    )
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  tocsin org create "Velmora Research" --role VENDOR --as operator')
    .action(async (name: string, options: Json & { role: Role[]; coordinator?: string; unclaimed?: string }) => {
      const { role: roles, coordinator, unclaimed } = options;
      const input = { name, roles, coordinator, unclaimed };
      const data = await clientFor(options).ask<{
        createOrganisation: Payload & { apiKey: string; organisation: Organisation };
      }>(CREATE, { input });
      const { apiKey, organisation } = accepted(data.createOrganisation);
      print(
        options.json,
        { ...organisation, apiKey },
        () =>
          `${organisation.name} is registered as ${organisation.roles.join(', ')}.\nid   ${organisation.id}\nkey  ${apiKey}\nThe key is shown this once.`,
      );
    });
}

function listCommand(): Command {
  return withTarget(new Command('list'))
    .description('list the organisations that you see: your own, CERTs, and those that you registered')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  tocsin org list --as operator')
    .action(async (options: Json) => {
      const organisations = await everyNode<Organisation>(clientFor(options), LIST);
      print(options.json, { organisations }, () =>
        table(
          ['id', 'state', 'roles', 'name'],
          organisations.map(({ id, state, roles, name }) => [id, state, roles.join(','), name]),
        ),
      );
    });
}

const SUSPENDS = 'refuse every key of an organisation that you registered, open connections included; for operators';
const REINSTATES = 'end the suspension of an organisation, whose keys open again; for operators';

function stateCommand(verb: string, mutation: string, description: string): Command {
  return withTarget(new Command(verb))
    .description(description)
    .argument('<id>', 'the organisation, as "org list" shows it')
    .option('--json', 'print one JSON object')
    .addHelpText('after', `\nExample:\n  tocsin org ${verb} T3JnYW5pc2F0aW9uOj... --as operator`)
    .action(async (id: string, options: Json) => {
      const data = await clientFor(options).ask<{ answer: Payload & { organisation: Organisation } }>(mutation, { id });
      const { organisation } = accepted(data.answer);
      print(options.json, organisation, () => `${organisation.name} is ${organisation.state}.`);
    });
}

function createOperatorCommand(): Command {
  return new Command('create-operator')
    .description("make a hub's first operator and print its key; on the hub's own machine, with access to its database")
    .argument('<name>', 'the name of the organisation that operates this hub')
    .option('--folder <folder>', "the hub's folder (else TOCSIN_FOLDER, else .tocsin); DATABASE_URL goes before it")
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  tocsin org create-operator "CERT Northmark operations"')
    .action(async (name: string, options: { folder?: string; json?: boolean }) => {
      const config = readHubConfig();
      const { createFirstOperator } = await import('../server/first-operator.ts');
      const founded = await onDatabase(config, options.folder, (address) => createFirstOperator(address, name));
      print(
        options.json,
        founded,
        () =>
          `${founded.name} operates this hub.\nid   ${founded.id}\nkey  ${founded.apiKey}\nThe key is shown this once.`,
      );
    });
}

function collectRole(value: string, roles: Role[] = []): Role[] {
  const role = ROLES.find((each) => each === value.toUpperCase());
  if (!role) throw new Failure('USAGE', `--role takes ${ROLES.join(', ')}.`, EXIT.USAGE);
  return [...roles, role];
}
