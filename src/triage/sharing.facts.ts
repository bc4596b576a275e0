import { z } from 'zod';

import { count, defineFact } from '../ledger/fact.ts';

const shared = z.object({
  id: z.string(),
  version: z.number(),
  coordinator: z.string(),
  /** Its row, for the flow. */
  organisation: z.string(),
});
const reader = z.object({ id: z.string(), reader: z.string() });

/** Decided by the coordinator; READERS_ADDED says from when it is so. */
export const CasesShared = defineFact({
  kind: 'CASES_SHARED',
  subject: 'triage_case',
  row: shared,
  summary: (n) => `${count(n, 'case')} to be shared with another coordinator.`,
});
export const CasesUnshared = defineFact({
  kind: 'CASES_UNSHARED',
  subject: 'triage_case',
  row: shared,
  summary: (n) => `${count(n, 'case')} no longer to be shared with another coordinator.`,
});
/** Thin: what was before is read from the rows, everything after is heard. */
export const ReadersAdded = defineFact({
  kind: 'READERS_ADDED',
  subject: 'triage_case',
  row: reader,
  summary: (n) => `${count(n, 'case')} can be read by another coordinator.`,
});
/** The last that the reader hears of it. */
export const ReadersRemoved = defineFact({
  kind: 'READERS_REMOVED',
  subject: 'triage_case',
  row: reader,
  summary: (n) => `${count(n, 'case')} can no longer be read by another coordinator.`,
});
/** The last that the old coordinator hears of it. */
export const CasesLeft = defineFact({
  kind: 'CASES_LEFT',
  subject: 'triage_case',
  row: z.object({ id: z.string(), version: z.number(), to: z.string(), note: z.string().nullable() }),
  summary: (n) => `${count(n, 'case')} handed over to another coordinator.`,
});
/** The hand-over did not happen: meanwhile something joined that its source keeps to its coordinator. */
export const CasesKept = defineFact({
  kind: 'CASES_KEPT',
  subject: 'triage_case',
  row: z.object({ id: z.string(), version: z.number() }),
  summary: (n) => `${count(n, 'case')} not handed over: a source keeps what it said in it to you.`,
});
/** The first that the new coordinator hears of it. `joined`: what came was put into this case, which it had open. */
export const CasesTaken = defineFact({
  kind: 'CASES_TAKEN',
  subject: 'triage_case',
  row: z.object({
    id: z.string(),
    version: z.number(),
    kind: z.string(),
    resource: z.string(),
    from: z.string(),
    joined: z.string().nullable(),
  }),
  summary: (n) => `${count(n, 'case')} taken over from another coordinator.`,
});
export const IndicatorsTaken = defineFact({
  kind: 'INDICATORS_TAKEN',
  subject: 'indicator',
  row: z.object({ id: z.string() }),
  summary: (n) => `${count(n, 'indicator')} came with a case.`,
});
/** For the reporter: who coordinates from now on. `id` is the report. */
export const ResourcesTaken = defineFact({
  kind: 'RESOURCES_TAKEN',
  subject: 'report',
  row: z.object({ id: z.string(), resource: z.string(), coordinator: z.string() }),
  summary: (n) => `${count(n, 'resource')} of the report ${n === 1 ? 'has' : 'have'} another coordinator.`,
});
