import { z } from 'zod';

import { count, defineFact } from '../ledger/fact.ts';

const row = z.object({ id: z.string() });
const batch = z.object({ id: z.string(), indicators: z.number(), sealed: z.boolean() });

export const ReportSubmitted = defineFact({
  kind: 'REPORT_SUBMITTED',
  subject: 'report',
  row: batch,
  summary: () => 'The report was received.',
});
/** More indicators for a report that is there; `sealed` when they are to be acted on at once. */
export const ReportExtended = defineFact({
  kind: 'REPORT_EXTENDED',
  subject: 'report',
  row: batch,
  summary: () => 'The report was extended.',
});
export const ReportSealed = defineFact({
  kind: 'REPORT_SEALED',
  subject: 'report',
  row,
  summary: () => 'The report was sealed: it is being acted on.',
});
export const ReportWithdrawn = defineFact({
  kind: 'REPORT_WITHDRAWN',
  subject: 'report',
  row,
  summary: () => 'The reporter withdrew the report.',
});
export const TellingAllowed = defineFact({
  kind: 'TELLING_ALLOWED',
  subject: 'report',
  row,
  summary: () => 'The reporter lets the responsible parties be told.',
});
/** A coordinator reads the report from now on. */
export const ReportShared = defineFact({
  kind: 'REPORT_SHARED',
  subject: 'report',
  row: z.object({ id: z.string(), reader: z.string() }),
  summary: (n) => `${count(n, 'report')} can be read by the coordinator.`,
});
/** For the reporter: what is known of who was told. One row a change; `id` is the report. */
export const ResponsibilitiesChanged = defineFact({
  kind: 'RESPONSIBILITIES_CHANGED',
  subject: 'report',
  row: z.object({
    id: z.string(),
    kind: z.string(),
    resource: z.string(),
    role: z.string(),
    party: z.string().nullable(),
    state: z.string(),
    reason: z.string().nullable(),
  }),
  summary: (n) => `${count(n, 'responsibility', 'responsibilities')} of the report changed.`,
});
export const IndicatorsAccepted = defineFact({
  kind: 'INDICATORS_ACCEPTED',
  subject: 'indicator',
  row: z.object({ id: z.string(), type: z.string(), value: z.string(), category: z.string() }),
  summary: (n) => `${count(n, 'indicator')} accepted.`,
});
export const IndicatorsChanged = defineFact({
  kind: 'INDICATORS_CHANGED',
  subject: 'indicator',
  row: z.object({ id: z.string(), outcome: z.string() }),
  summary: (n) => `What became of ${count(n, 'indicator')} changed.`,
});
/** The coordinator found that they do not stand, and says why. */
export const IndicatorsRetracted = defineFact({
  kind: 'INDICATORS_RETRACTED',
  subject: 'indicator',
  row: z.object({ id: z.string(), outcome: z.string(), reason: z.string() }),
  summary: (n) => `The coordinator took ${count(n, 'indicator')} back.`,
});
export const IndicatorsWithdrawn = defineFact({
  kind: 'INDICATORS_WITHDRAWN',
  subject: 'indicator',
  row,
  summary: (n) => `The reporter withdrew ${count(n, 'indicator')}.`,
});
