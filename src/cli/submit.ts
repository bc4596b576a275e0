import path from 'node:path';

import cliProgress from 'cli-progress';
import { Command, Option } from 'commander';

import { ABUSE_CATEGORIES, type AbuseCategory } from '../intake/indicator.ts';
import { PAPS, TELLS, TLPS } from '../intake/report.ts';
import { EXIT, Failure } from './failure.ts';
import { print, table } from './output.ts';
import { AnswerFile } from './submission/answer-file.ts';
import { categoryTable } from '../intake/category-words.ts';
import { isDocument, type DocumentTerms } from './submission/document-file.ts';
import { submitDocument } from './submission/document.ts';
import { ROWS_OF_A_BATCH, inspectFile } from './submission/indicator-file.ts';
import { PATIENT } from './patience.ts';
import { sendFile, type Sent } from './submission/send-file.ts';
import type { ReportText } from './submission/submission.ts';
import { clientFor, withTarget, type TargetOptions } from './target.ts';

interface SubmitOptions extends TargetOptions {
  readonly title?: string;
  readonly tlp: string;
  readonly pap?: string;
  readonly tell?: string;
  readonly category?: AbuseCategory;
  readonly externalId?: string;
  readonly coordinator?: string;
  readonly attribution?: true;
  readonly takeUnflagged?: true;
  readonly keepComments?: true;
  readonly again?: string;
  readonly answers?: string;
  readonly strict?: true;
  readonly json?: true;
}

const EXPLAINED = `
The first line names the columns: value, and if you have them type, category (or threat), first_seen, last_seen,
confidence, external_id, comment. Values may be defanged. Every row gets an answer; a refused row costs no other.

The file becomes one report, sent ${ROWS_OF_A_BATCH} rows at a time; nothing leaves the hub before all of it is there. Each request
bears a key made of the file's content, so run the command again after a crash, or twice: the answers are the same, and
it has one effect. A label is never guessed: TLP is AMBER unless you say otherwise.

A file of JSON is a STIX bundle or a MISP event, recognised by what is in it: it is sent at once, every object gets an
answer, and its reports bear its own names, ids and labels. --tlp, --pap and --category then hold where it says nothing,
and nobody is told of what it labels AMBER+STRICT or RED unless you give --tell.

Words of the category column, in any case; anything else is OTHER and goes into the comment:
${categoryTable()}

Examples:
  tocsin submit feed.csv --as vendor --title "Phishing, week 17" --answers answers.ndjson
  tocsin submit event.json --as vendor --category PHISHING --answers answers.ndjson
  tocsin submit feed.csv --tlp GREEN --category PHISHING --external-id week-17`;

/** Sends a file of indicators as one report. */
export function submitCommand(): Command {
  return withTarget(new Command('submit'))
    .description('send a file of indicators, CSV, STIX or MISP; again after a crash, or twice, with one effect')
    .argument('<file>', 'CSV in UTF-8, whose first line names the columns; or STIX or MISP as JSON')
    .option('--title <title>', "of the report (default: the file's name)")
    .addOption(new Option('--tlp <tlp>', 'Traffic Light Protocol').choices(TLPS).default('AMBER'))
    .addOption(new Option('--pap <pap>', 'Permissible Actions Protocol').choices(PAPS))
    .addOption(
      new Option(
        '--tell <whom>',
        'whom the hub may tell (default: who can act; with AMBER_STRICT or RED nobody yet)',
      ).choices(TELLS),
    )
    .addOption(
      new Option('--category <category>', 'of every row, whatever it says; of what a document says none of').choices(
        ABUSE_CATEGORIES,
      ),
    )
    .option('--external-id <id>', 'your own name for the report: it is never made twice')
    .option('--coordinator <id>', 'the CERT that shall lead (default: the one set for you)')
    .option('--attribution', 'let those who are told learn your name')
    .option('--take-unflagged', 'of MISP, also attributes whose to_ids is not set')
    .option('--keep-comments', 'of STIX and MISP, let names and texts of objects be read by those who are told')
    .option('--again <word>', 'make another report of a file that was sent before')
    .option('--answers <file>', 'write the answer to each row here: NDJSON, in the order of the rows')
    .option('--strict', 'exit with 1 when a row was refused')
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXPLAINED)
    .action(submit);
}

async function submit(file: string, options: SubmitOptions): Promise<void> {
  const api = clientFor(options);
  if (await isDocument(file)) return submitDocument(api, file, termsOf(options), options);
  const facts = await inspectFile(file);
  const answers = options.answers === undefined ? null : await AnswerFile.open(options.answers);
  const bar = startBar(facts.rows);
  const sending = {
    ...{ path: file, facts, text: textOf(file, options), patience: PATIENT },
    ...{ category: options.category ?? null, again: options.again ?? null },
  };
  try {
    const sent = await sendFile(api, {
      ...sending,
      onAnswers: async (part) => {
        await answers?.write(part);
        bar?.increment(part.length);
      },
    });
    bar?.stop();
    finish(sent, options);
  } finally {
    bar?.stop();
    await answers?.close();
  }
}

function textOf(file: string, { title, tlp, tell, ...options }: SubmitOptions): ReportText {
  return {
    title: title ?? path.basename(file).slice(0, 300),
    tlp,
    ...(tell !== undefined && { tell }),
    attribution: options.attribution ?? false,
    ...(options.pap !== undefined && { pap: options.pap }),
    ...(options.externalId !== undefined && { externalId: options.externalId }),
    ...(options.coordinator !== undefined && { coordinator: options.coordinator }),
  };
}

/** What is said of a document. */
function termsOf({ title, tlp, pap, category, coordinator, ...options }: SubmitOptions): DocumentTerms {
  return {
    ...(title !== undefined && { title }),
    ...(coordinator !== undefined && { coordinator }),
    ...(options.tell !== undefined && { tell: options.tell }),
    attribution: options.attribution ?? false,
    takeUnflagged: options.takeUnflagged ?? false,
    keepComments: options.keepComments ?? false,
    defaults: { tlp, ...(pap !== undefined && { pap }), ...(category !== undefined && { category }) },
  };
}

/** On a terminal alone: in a log it would be a thousand lines. */
function startBar(rows: number): cliProgress.SingleBar | null {
  if (!process.stderr.isTTY) return null;
  const format = '{bar} {percentage} % | {value} of {total} rows | {eta_formatted} left';
  const bar = new cliProgress.SingleBar({ format, hideCursor: true }, cliProgress.Presets.shades_classic);
  bar.start(rows, 0);
  return bar;
}

function finish({ report, tally }: Sent, { json, strict }: SubmitOptions): void {
  const summary = tally.summary(report);
  print(json, summary, () => {
    const { rows, accepted, joined, refused, context } = summary;
    const reasons = tally.reasons().map(([code, count]) => ['', String(count), code]);
    const lines = [
      ['rows', String(rows), ''],
      ['accepted', String(accepted), `${context} of them context, on which nobody can act`],
      ['joined', String(joined), 'which you had reported before'],
      ['refused', String(refused), refused > 0 ? 'because of:' : ''],
      ...reasons,
    ];
    return `${table(['', '', ''], lines).trimStart()}\nreport  ${report ?? 'none: no row could be sent'}`;
  });
  if (report === null) throw new Failure('NOTHING_SENT', 'Not one row could be sent.', EXIT.INCOMPLETE);
  if (strict && summary.refused > 0) process.exitCode = EXIT.INCOMPLETE;
}
