import { randomUUID } from 'node:crypto';

import { EXIT, Failure } from '../failure.ts';
import { PATIENT } from '../patience.ts';
import { inspectFile } from '../submission/indicator-file.ts';
import { sendFile } from '../submission/send-file.ts';
import type { RowAnswer } from '../submission/submission.ts';
import type { Party } from './cast.ts';
import { keyOf } from './story.ts';

/** What the vendor's part leaves behind for the verdict. */
export interface Played {
  readonly report: string;
  readonly answers: readonly RowAnswer[];
  /** Keys of what somebody can switch off, of all accepted rows. */
  readonly resources: ReadonlySet<string>;
  readonly submittedAt: number;
}

const TEXT = { title: 'The story of the demo', tlp: 'AMBER', tell: 'RESPONSIBLE_PARTIES', attribution: false };

/** The vendor submits the file as `tocsin submit` does; as a report of its own each time the story is played. */
export async function submitStory(vendor: Party, file: string, submittedAt: number): Promise<Played> {
  const answers: RowAnswer[] = [];
  const { report } = await sendFile(vendor.api, {
    ...{
      path: file,
      facts: await inspectFile(file),
      text: TEXT,
      category: null,
      again: randomUUID(),
      patience: PATIENT,
    },
    onAnswers: (part) => void answers.push(...part),
  });
  if (report === null) throw new Failure('NOTHING_SENT', `${file} has no row that could be sent.`, EXIT.USAGE);
  const resources = answers.flatMap(({ resourceKind: kind, resource: value }) =>
    kind == null || value == null ? [] : [keyOf({ kind, value })],
  );
  return { report, answers, resources: new Set(resources), submittedAt };
}
