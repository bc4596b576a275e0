/** What is deleted or erased by its age alone; docs/retention.md says the same to people, and a test compares the two. */
export const SCHEDULE = {
  idempotency: { days: 30 },
  lookup: { days: 30 },
  session: { days: 1 },
  follower_failure: { days: 365 },
  /** Of reports that are over, since anything was last said of them. The hub's operator may set another time. */
  report: { days: 1095 },
} as const;
export type Kept = keyof typeof SCHEDULE;

/** How long a hub keeps reports; null: for ever. */
export interface Keeping {
  readonly reportDays: number | null;
}
export const BY_DEFAULT: Keeping = { reportDays: SCHEDULE.report.days };

/** Days as they are said; 0: for ever. */
export const keepingOf = (days: number | undefined): Keeping =>
  days === undefined ? BY_DEFAULT : { reportDays: days === 0 ? null : days };

const DAY_MS = 24 * 3600 * 1000;

export const before = (now: Date, days: number): Date => new Date(now.getTime() - days * DAY_MS);

/** The smallest id that can have been made at this instant (RFC 9562 5.7): ids say when, and need no column for it. */
export function firstIdAt(instant: Date): string {
  const hex = Math.max(0, instant.getTime()).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
