import { Readable } from 'node:stream';

import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';

import type { App } from '../app/create-app.ts';
import { csvRecord } from '../formats/csv-text.ts';
import { assertMay, policyOf, rootFields } from '../platform/api/policy.ts';
import { Denial, Refusal } from '../platform/errors.ts';
import type { Viewer } from '../platform/viewer.ts';
import { readOutcomes, type OutcomesAsked } from '../insight/outcome.service.ts';
import type { Outcome, OutcomePage } from '../insight/outcome.type.ts';
import { turnAway } from './turn-away.ts';

/** The columns of the CSV and the names in NDJSON, in this order for ever: a new one comes last. */
const COLUMNS = [
  'key',
  'reportId',
  'reportExternalId',
  'indicatorId',
  'externalId',
  'observable',
  'type',
  'category',
  'outcome',
  'resourceKind',
  'resource',
  'role',
  'party',
  'state',
  'reason',
  'toldAt',
  'acknowledgedAt',
  'answeredAt',
  'action',
  'actedAt',
  'declineReason',
  'providerReference',
  'since',
] as const satisfies readonly (keyof Outcome)[];

const FORMATS = {
  csv: { type: 'text/csv; charset=utf-8; header=present', head: csvRecord(COLUMNS), row: toCsv },
  ndjson: { type: 'application/x-ndjson', head: '', row: toJson },
} as const;

const MOST = 1000;

type Asked = OutcomesAsked & { readonly format: keyof typeof FORMATS; readonly whole: boolean };

/**
 * GET /outcomes?report=&changedAfter=&first=&format=csv|ndjson: what the root field `outcomes` answers, behind the same
 * policy, as a file. With `first` it is one page; without, all that there is, read page by page as the client takes it.
 */
export function mountOutcomes(app: App, fastify: FastifyInstance, onRequest: onRequestHookHandler[]): void {
  fastify.route({
    method: 'GET',
    url: '/outcomes',
    exposeHeadRoute: false,
    onRequest,
    handler: async (request, reply) => {
      try {
        return await answer(app, request, reply);
      } catch (error) {
        if (!(error instanceof Refusal || error instanceof Denial)) throw error;
        return turnAway(reply, error instanceof Denial ? 403 : 400, [error.code, error.message]);
      }
    },
  });
}

async function answer(app: App, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const viewer = viewerOf(app, request.viewer);
  const asked = readQuestion(request.query as Record<string, unknown>);
  const page = await pageOf(app, viewer, asked);
  if (page.gap) return turnAway(reply, 410, ['BAD_CURSOR', RESTORED]);
  const { type } = FORMATS[asked.format];
  const cursor = asked.whole ? page.head : page.cursor;
  if (cursor !== page.head) void reply.header('link', `<${nextUrl(request.url, cursor)}>; rel="next"`);
  return reply
    .header('content-type', type)
    .header('content-disposition', `attachment; filename="outcomes.${asked.format}"`)
    .header('cache-control', 'no-store')
    .header('tocsin-cursor', cursor)
    .send(Readable.from(textOf(app, request, asked, page)));
}

const RESTORED = 'The hub was restored from a backup. Throw your rows away and ask again without changedAfter.';

/** The file, a page at a time. The first was read before the headers went out; each later one is a look of its own. */
async function* textOf(
  app: App,
  { viewerNow }: FastifyRequest,
  asked: Asked,
  first: OutcomePage,
): AsyncGenerator<string> {
  const { head, row } = FORMATS[asked.format];
  yield head + first.rows.map(row).join('');
  let page = first;
  // `>=`: while it was read, more may have happened than there was when it began.
  while (asked.whole && !reaches(page.cursor, first.head)) {
    // The credential may have ended meanwhile: then so does the file, cut off so that nobody takes it for whole.
    const viewer = viewerOf(app, await viewerNow());
    page = await pageOf(app, viewer, { ...asked, changedAfter: page.cursor });
    yield page.rows.map(row).join('');
  }
}

/** Whether a place at the end of an event is at or behind another. Within events, the file has to go on. */
function reaches(cursor: string, head: string): boolean {
  const [at, goal] = [cursor, head].map((text) => /^\d+\.(\d+)$/.exec(text)?.[1]);
  return at !== undefined && goal !== undefined && BigInt(at) >= BigInt(goal);
}

const pageOf = (app: App, viewer: Viewer, asked: Asked): Promise<OutcomePage> =>
  app.work.read(viewer, (tx) => readOutcomes(tx, viewer, asked));

/** Who asks, behind the policy of the root field. */
function viewerOf(app: App, viewer: Viewer | null): Viewer {
  const found = rootFields(app.schema).find(({ name }) => name === 'Query.outcomes');
  const policy = found && policyOf(found.field);
  if (!policy) throw new Error('Query.outcomes has no policy.');
  if (!viewer) throw new Denial('UNAUTHENTICATED', 'The key is unknown, expired or revoked.');
  assertMay(viewer, policy, 'GET /outcomes');
  return viewer;
}

function readQuestion(query: Record<string, unknown>): Asked {
  const { format = 'ndjson', first, report, changedAfter, ...rest } = query;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw new Refusal('BAD_INPUT', `There is no parameter ${unknown}.`);
  if (format !== 'csv' && format !== 'ndjson') throw new Refusal('BAD_INPUT', 'format is csv or ndjson.');
  if (first !== undefined && !/^\d{1,4}$/.test(textIn('first', first) ?? '')) {
    throw new Refusal('BAD_INPUT', `first must be from 1 to ${MOST}.`);
  }
  return {
    format,
    whole: first === undefined,
    first: first === undefined ? MOST : Number(first),
    report: textIn('report', report),
    changedAfter: textIn('changedAfter', changedAfter),
  };
}

/** Null where it is left out or empty; a parameter that is given twice says nothing clear. */
function textIn(name: string, value: unknown): string | null {
  if (value === undefined || value === '') return null;
  if (typeof value !== 'string') throw new Refusal('BAD_INPUT', `${name} is given more than once.`);
  return value;
}

function nextUrl(url: string, cursor: string): string {
  const [path = '', search = ''] = url.split('?', 2);
  const parameters = new URLSearchParams(search);
  parameters.set('changedAfter', cursor);
  return `${path}?${parameters.toString()}`;
}

function toCsv(row: Outcome): string {
  return csvRecord(COLUMNS.map((column) => row[column]));
}

function toJson(row: Outcome): string {
  return `${JSON.stringify(Object.fromEntries(COLUMNS.map((column) => [column, row[column]])))}\n`;
}
