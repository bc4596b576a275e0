import { Command } from 'commander';

import { askCommand } from './ask.ts';
import { caseCommand } from './case.ts';
import { claimCommand } from './claim.ts';
import { demoCommand } from './demo.ts';
import { itemCommand } from './item.ts';
import { backupCommand, restoreCommand } from './backup.ts';
import { exportCommand, importCommand } from './export.ts';
import { keyCommand } from './key.ts';
import { keysCommand } from './keys.ts';
import { migrateCommand } from './migrate.ts';
import { orgCommand } from './org.ts';
import { endQuietly, tolerateClosedOutput } from './output.ts';
import { receiptsCommand } from './receipts.ts';
import { reportFailure } from './report-failure.ts';
import { serveCommand } from './serve.ts';
import { submitCommand } from './submit.ts';
import { verifyCommand } from './verify.ts';
import { watchCommand } from './watch.ts';
import { witnessCommand } from './witness.ts';
import { workCommand } from './work.ts';

const MORE_HELP = `
A command that asks a hub says which, and as whom:
  --as vendor                  a demo organisation of the trial that runs here (npm start)
  --url, --key                 any hub; better: TOCSIN_URL, TOCSIN_KEY, which other users of the machine do not see

Examples:
  tocsin serve --demo
  tocsin demo
  tocsin submit feed.csv --as vendor
  tocsin watch --as registrar
  tocsin case forward --all --action SUSPEND --as cert
  tocsin item act --all --action DOMAIN_CLIENT_HOLD --as registrar
  tocsin claim add hostavia.example --role HOST --as host
  tocsin claim approve --all-pending --as operator
  tocsin receipts proof.json --as registrar
  tocsin key create "feed reader" --permission events:read --as registrar --json
  tocsin verify http://127.0.0.1:4000 --seen hub.checkpoint

With --json a command prints one JSON object (watch: one a line), and an error is one JSON object on stderr.

Exit codes:
  0  done
  1  the hub refused it, or something of it; or somebody stays untold; or a proof is false
  2  wrong usage, environment or input
  3  no hub answers
  4  not allowed: no key, a bad key, or one without the permission
  5  the hub or its database failed`;

/** The command line, without what it is called with. */
export function makeProgram(json: boolean): Command {
  const program = new Command('tocsin')
    .description('A hub that carries abuse reports to those who can act, and proves who was told what, and when.')
    .addHelpText('after', MORE_HELP);
  const commands = [
    serveCommand(),
    workCommand(),
    demoCommand(),
    submitCommand(),
    watchCommand(),
    caseCommand(),
    itemCommand(),
    askCommand(),
    claimCommand(),
    orgCommand(),
    keyCommand(),
    receiptsCommand(),
    keysCommand(),
    migrateCommand(),
    backupCommand(),
    restoreCommand(),
    exportCommand(),
    importCommand(),
    verifyCommand(),
    witnessCommand(),
  ];
  for (const command of commands) program.addCommand(command);
  return prepare(program, json);
}

/** Errors are thrown and told in one place; neither setting reaches commands that were made by themselves. */
function prepare(command: Command, json: boolean): Command {
  command.exitOverride();
  command.configureOutput({
    outputError: () => undefined,
    writeErr: (text) => void (json || process.stderr.write(text)),
  });
  for (const child of command.commands) prepare(child, json);
  return command;
}

/** Runs the command line of a process, and ends the process when it fails. */
export async function run(argv: readonly string[]): Promise<void> {
  const json = argv.includes('--json');
  const end = (error: unknown) => process.exit(reportFailure(error, json));
  process.on('uncaughtException', end);
  tolerateClosedOutput(endQuietly);
  // Not left to the event loop: what a failed start has left open would keep it turning.
  await makeProgram(json).parseAsync(argv).catch(end);
}
