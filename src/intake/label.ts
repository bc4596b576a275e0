import type { Pap, Tell, Tlp } from './report.ts';

/** What a source says of all the indicators of a report. */
export interface Labels {
  readonly tlp: Tlp;
  readonly pap: Pap | null;
  readonly tell: Tell;
}

/** Nothing that was received under these goes on to a further organisation (TLP 2.0: RED, and AMBER+STRICT). */
export const KEPT_TLPS: readonly Tlp[] = ['AMBER_STRICT', 'RED'];
/** Under these nothing is done that the subject could notice. */
export const PASSIVE_PAPS: readonly Pap[] = ['AMBER', 'RED'];

/** Where somebody stands to an indicator that somebody reported. */
export const STANDINGS = ['REPORTER', 'COORDINATOR', 'CO_COORDINATOR', 'PARTY', 'DELEGATE', 'ANYBODY_ELSE'] as const;
export type Standing = (typeof STANDINGS)[number];

/**
 * Who is shown an indicator once its coordinator has done all that it can. `tell` widens a label for those whom the hub
 * names, and for nobody whom these name in turn: what is kept goes no further than to them.
 */
export function isShown(standing: Standing, labels: Labels): boolean {
  switch (standing) {
    case 'REPORTER':
    case 'COORDINATOR':
      return true;
    case 'CO_COORDINATOR':
      return !isForOneCoordinator(labels);
    case 'PARTY':
      return consents(labels) && !isPassive(labels);
    case 'DELEGATE':
      return isShown('PARTY', labels) && !isKept(labels);
    case 'ANYBODY_ELSE':
      return false;
  }
}

/** Whom the source lets be told where it does not say: what is labelled that strictly is nobody's before its word. */
export function tellUnlessSaid(tlp: Tlp): Tell {
  return isKept({ tlp }) ? 'ASK_ME' : 'RESPONSIBLE_PARTIES';
}

export function consents({ tell }: Pick<Labels, 'tell'>): boolean {
  return tell === 'RESPONSIBLE_PARTIES';
}

/** Whether no other coordinator reads it, whatever is shared with it. */
export function isForOneCoordinator({ tlp, tell }: Pick<Labels, 'tlp' | 'tell'>): boolean {
  return tell === 'COORDINATOR_ONLY' || isKept({ tlp });
}

function isKept({ tlp }: Pick<Labels, 'tlp'>): boolean {
  return KEPT_TLPS.includes(tlp);
}

function isPassive({ pap }: Pick<Labels, 'pap'>): boolean {
  return pap !== null && PASSIVE_PAPS.includes(pap);
}

/** A list of words as one of SQL: `('AMBER', 'RED')`. */
export const inSql = (words: readonly string[]): string => `(${words.map((word) => `'${word}'`).join(', ')})`;

/** Whether what a party was sent, line `o`, may be shown to whom it hands its item on to, in SQL. */
export const GOES_ON = `coalesce(o.tlp, '') NOT IN ${inSql(KEPT_TLPS)}`;
