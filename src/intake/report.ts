import { Refusal } from '../platform/errors.ts';
import { isKeepable } from '../platform/text.ts';

/** Traffic Light Protocol 2.0 (FIRST, August 2022): to whom a report may be passed on. */
export const TLPS = ['CLEAR', 'GREEN', 'AMBER', 'AMBER_STRICT', 'RED'] as const;
export type Tlp = (typeof TLPS)[number];

/** Permissible Actions Protocol: what may be done with a report. RED and AMBER forbid what its subject could notice. */
export const PAPS = ['CLEAR', 'GREEN', 'AMBER', 'RED'] as const;
export type Pap = (typeof PAPS)[number];

/** Whether one label is stricter than another of its protocol, of which `all` names the widest first. */
export function isStricter<Label>(all: readonly Label[], one: Label, other: Label): boolean {
  return all.indexOf(one) > all.indexOf(other);
}

/** Whom the source lets the hub tell, whatever the TLP says of everybody else. */
export const TELLS = ['RESPONSIBLE_PARTIES', 'ASK_ME', 'COORDINATOR_ONLY'] as const;
export type Tell = (typeof TELLS)[number];

export interface ReportText {
  readonly title: string;
  readonly narrative: string | null;
  readonly externalId: string | null;
  readonly threatActors: readonly string[];
  readonly targets: readonly string[];
}

const MOST_NAMES = 100;

/** The texts of a report within their limits; BAD_INPUT names the first that is not. */
export function checkReportText(text: ReportText): void {
  within(text.title, 1, 300, 'title');
  if (text.narrative !== null) within(text.narrative, 0, 65_536, 'narrative');
  if (text.externalId !== null) within(text.externalId, 1, 256, 'externalId');
  for (const [path, names] of [
    ['threatActors', text.threatActors],
    ['targets', text.targets],
  ] as const) {
    if (names.length > MOST_NAMES) throw new Refusal('TOO_MANY', `At most ${MOST_NAMES} names.`, [path]);
    for (const name of names) within(name, 1, 256, path);
  }
}

function within(text: string, least: number, most: number, path: string): void {
  if (text.length < least || text.length > most || !isKeepable(text)) {
    throw new Refusal('BAD_INPUT', `${path} has ${least} to ${most} whole characters.`, [path]);
  }
}
