import { setTimeout as sleep } from 'node:timers/promises';

import { registerStrangers, suspendStrangers, type Cast, type Party } from './cast.ts';
import { claimAndDeclare } from './claiming.ts';
import { conclude } from './conclude.ts';
import { headOf } from './feeds.ts';
import type { Outcome } from './outcome.ts';
import { submitStory, type Played } from './played.ts';
import { Stage } from './stage.ts';
import { resourcesOf } from './story.ts';
import { isSettled, readResponsibilities } from './verdict.ts';

export interface Demo {
  readonly cast: Cast;
  /** CSV with the columns type and value. */
  readonly file: string;
  readonly tell: (what: string) => void;
}

const LOOK_EVERY_MS = 100;

/** Plays the story against a hub, as outside clients alone, and compares what became of it with what was declared. */
export async function runDemo({ cast, file, tell }: Demo): Promise<Outcome> {
  const heads = new Map<Party, string>();
  for (const party of Object.values(cast)) heads.set(party, await headOf(party));
  const resources = await resourcesOf(file);
  const declaration = await claimAndDeclare(cast, resources);
  tell(`the fixture declares ${declaration.parties.size} pairs of resource and role whose party is to be told`);
  const strangers = await registerStrangers(cast.operator);
  const stage = new Stage(cast, declaration, tell);
  try {
    await stage.open();
    tell('the CERT, the registrar, the host and the mail provider listen on their sockets');
    const played = await stage.unlessFailed(play(cast.vendor, file, stage, tell));
    return await conclude({ cast, strangers, heads, declaration, stage, played, tell });
  } finally {
    await stage.close();
    await suspendStrangers(cast.operator, strangers);
  }
}

async function play(vendor: Party, file: string, stage: Stage, tell: Demo['tell']): Promise<Played> {
  const submittedAt = performance.now();
  const played = await submitStory(vendor, file, submittedAt);
  tell(`the vendor submitted ${played.answers.length} rows, and has an answer to each`);
  const until = submittedAt + 60_000 + 30 * played.answers.length;
  const late = sleep(until - performance.now(), undefined, { ref: false });
  await Promise.race([stage.decided(played.resources.size), late]);
  stage.mend();
  tell('the line that was cut is mended: its desk comes back with its cursor');
  let rows = await readResponsibilities(vendor, played.report);
  while (!isSettled(rows, stage.desks) && performance.now() < until) {
    await sleep(LOOK_EVERY_MS);
    rows = await readResponsibilities(vendor, played.report);
  }
  tell('the vendor reads what became of its report');
  await stage.quiet(until);
  return played;
}
