import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { clientOf } from '../access/thread.ts';
import { LoginIssuer } from '../support/login-issuer.ts';
import { outcomesAfter } from '../support/outcomes.ts';
import { person } from '../support/people.ts';
import { withdraws } from '../support/reporter.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

let world: World;
let cert: Party;
let vendor: Party;
beforeAll(async () => {
  world = await createWorld();
  cert = await world.cert();
  vendor = await world.vendor(cert);
});
afterAll(() => world[Symbol.asyncDispose]());

const urlOf = (query: string): URL => new URL(`/outcomes${query}`, world.hub.url);
const get = (query: string, key: string | null = vendor.key): Promise<Response> =>
  fetch(urlOf(query), { headers: key === null ? {} : { authorization: `Bearer ${key}` } });
const codeOf = async (response: Response): Promise<[number, string]> => {
  const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] };
  return [response.status, errors[0]?.extensions.code ?? ''];
};
const linesOf = async (response: Response): Promise<object[]> =>
  (await response.text()).split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as object]));

const HEADER =
  'key,reportId,reportExternalId,indicatorId,externalId,observable,type,category,outcome,resourceKind,resource,role,party,state,reason,' +
  'toldAt,acknowledgedAt,answeredAt,action,actedAt,declineReason,providerReference,since';

describe('GET /outcomes', () => {
  test('gives as NDJSON what the root field gives, row by row', async () => {
    await vendor.submits([{ value: 'lines.example', externalId: 'a' }, 'more.example']);
    await world.settled();
    const response = await get('?format=ndjson');
    const { rows, cursor } = await outcomesAfter(vendor);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="outcomes.ndjson"');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('tocsin-cursor')).toBe(cursor);
    expect(response.headers.get('link')).toBeNull();
    expect(await linesOf(response)).toEqual(rows);
  });

  test('gives as CSV the same columns under a header that stays, and no formulas', async () => {
    const { report } = await vendor.submits([{ value: 'sheet.example', externalId: '=HYPERLINK("a","b")' }]);
    await world.settled();
    const response = await get(`?format=csv&report=${report.id}`);
    const [header, row, ...rest] = (await response.text()).split('\r\n');
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="outcomes.csv"');
    expect(header).toBe(HEADER);
    expect(row).toContain(',"\'=HYPERLINK(""a"",""b"")",sheet.example,');
    expect(rest).toEqual(['']);
  });

  test('page by page leads on by a link, and ends where the feed does', async () => {
    const party = await world.vendor(cert);
    await party.submits(Array.from({ length: 5 }, (_, index) => `p${index}.example`));
    await world.settled();
    const { rows, cursor } = await outcomesAfter(party);
    const found: object[] = [];
    let [next, last] = ['?first=2&format=ndjson', ''];
    while (next !== '') {
      const response = await get(next, party.key);
      found.push(...(await linesOf(response)));
      next = /^<\/outcomes(\?.+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1] ?? '';
      last = response.headers.get('tocsin-cursor') ?? '';
      if (next !== '') expect(new URLSearchParams(next).get('changedAfter')).toBe(last);
    }
    expect([found, last]).toEqual([rows, cursor]);
  });

  test('is whole without `first`, however many pages that takes, and later only what changed', async () => {
    const party = await world.vendor(cert);
    const values = Array.from({ length: 2500 }, (_, index) => `https://many.example/${index}`);
    const { report, results } = await party.submits(values.slice(0, 1300));
    await party.submits(values.slice(1300));
    await world.settled();
    const whole = await get('', party.key);
    expect(new Set((await linesOf(whole)).map((row) => (row as { key: string }).key)).size).toBe(2500);
    await withdraws(party, report, [results[0].indicator]);
    await world.settled();
    const changed = await linesOf(await get(`?changedAfter=${whole.headers.get('tocsin-cursor')}`, party.key));
    expect(changed).toMatchObject([{ observable: values[0], outcome: 'WITHDRAWN' }]);
  });

  test('is whole for who is signed in, too', async () => {
    const issuer = await LoginIssuer.start();
    await using here = await createWorld({ login: issuer.settings() });
    issuer.knows(here.hub.url);
    const reporter = await here.vendor(await here.cert());
    const she = await person(reporter, issuer, ['REPORTS_READ']);
    const values = Array.from({ length: 1100 }, (_, index) => `https://hers.example/${index}`);
    await reporter.submits(values);
    await here.settled();
    const headers = { 'sec-fetch-site': 'same-origin' };
    const file = await she.browser.request(new URL('/outcomes', here.hub.url), { headers });
    expect(await linesOf(file)).toHaveLength(1100);
    await issuer.stop();
  });

  test('has no rows of anybody else, whoever asks', async () => {
    const other = await world.vendor(cert);
    const { report } = await vendor.submits(['apart.example']);
    await other.submits(['www.apart.example']);
    await world.settled();
    expect(await linesOf(await get('', other.key))).toMatchObject([{ observable: 'www.apart.example' }]);
    for (const query of ['', `?report=${report.id}`]) expect(await linesOf(await get(query, cert.key))).toEqual([]);
    expect(await linesOf(await get(`?report=${report.id}`, other.key))).toEqual([]);
  });

  test('is behind the policy of the root field', async () => {
    const provider = await world.provider();
    const reader = await clientOf(vendor, ['events:read']);
    for (const { key } of [provider, world.operator, reader.party]) {
      expect(await codeOf(await get('', key))).toEqual([403, 'FORBIDDEN']);
    }
    expect(await codeOf(await get('', null))).toEqual([401, 'UNAUTHENTICATED']);
    expect(await codeOf(await get('', `tocsin_${'x'.repeat(43)}`))).toEqual([401, 'UNAUTHENTICATED']);
  });

  test.each([
    ['?format=xml', 'BAD_INPUT'],
    ['?format=csv&format=ndjson', 'BAD_INPUT'],
    ['?report=a&report=b', 'BAD_INPUT'],
    ['?changedSince=1.0', 'BAD_INPUT'],
    ['?first=0', 'BAD_INPUT'],
    ['?first=1001', 'BAD_INPUT'],
    ['?first=all', 'BAD_INPUT'],
    ['?changedAfter=yesterday', 'BAD_CURSOR'],
  ])('says what is wrong with %s', async (query, code) => {
    expect(await codeOf(await get(query))).toEqual([400, code]);
  });

  test('says with 410 that a cursor is of another life of the hub', async () => {
    expect(await codeOf(await get('?changedAfter=7.3'))).toEqual([410, 'BAD_CURSOR']);
  });

  test('takes nothing but GET', async () => {
    for (const method of ['HEAD', 'POST']) {
      const headers = { authorization: `Bearer ${vendor.key}` };
      expect((await fetch(urlOf(''), { method, headers })).status).toBe(404);
    }
  });
});
