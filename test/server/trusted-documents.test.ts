import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { sha256 } from '../../src/platform/ids.ts';
import { readTrustedDocuments, TrustedDocumentsError } from '../../src/server/limits/trusted-documents.ts';
import { RawSocket } from '../feed/raw-socket.ts';
import { createWorld, type World } from '../support/world.ts';

const VIEWER = 'query viewer { viewer { organisation { name } } }';
const CLIENTS = 'query clients($first: Int!) { clients(first: $first) { edges { node { name } } } }';
const idOf = (text: string): string => `sha256:${sha256(text).toString('hex')}`;

const folder = (): string => mkdtempSync(path.join(tmpdir(), 'tocsin-documents-'));
function documentsIn(files: Readonly<Record<string, string>>): string {
  const place = folder();
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(place, name), text);
  return place;
}

describe('a hub that takes nothing but documents that it knows', () => {
  let world: World;
  beforeAll(async () => {
    const place = documentsIn({ 'viewer.graphql': VIEWER, 'clients.graphql': CLIENTS, 'notes.txt': 'no document' });
    world = await createWorld({ trusted: readTrustedDocuments(place, false) });
  });
  afterAll(() => world[Symbol.asyncDispose]());

  const overHttp = async (body: object, headers: Record<string, string> = {}) => {
    const response = await fetch(world.hub.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${world.operator.key}`,
        ...headers,
      },
      body: JSON.stringify(body),
    });
    return { status: response.status, ...((await response.json()) as { data?: unknown; errors?: object[] }) };
  };

  test('answers a document by its id, with its variables, over HTTP and WebSocket', async () => {
    const asked = { documentId: idOf(CLIENTS), variables: { first: 1 } };
    const { status, data } = await overHttp(asked);
    expect([status, data]).toEqual([200, { clients: { edges: [expect.anything()] } }]);
    const socket = await RawSocket.signedIn(world.hub.wsUrl, world.operator.key);
    socket.send({ type: 'subscribe', id: 'known', payload: { query: '', ...asked } });
    expect((await socket.hears('next', 'known')).payload?.data).toEqual(data);
    socket.socket.terminate();
  });

  test('answers it to a GET as well', async () => {
    const url = new URL(world.hub.url);
    url.searchParams.set('documentId', idOf(VIEWER));
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${world.operator.key}`, 'apollo-require-preflight': 'true' },
    });
    expect(await response.json()).toMatchObject({ data: { viewer: { organisation: { name: 'Operator' } } } });
  });

  test.each([
    ['unknown', idOf('{ __typename }')],
    ['of another kind', 'md5:0'],
    ['no text', 7],
  ])('says of an id that is %s that it knows no such document', async (_what, documentId) => {
    const { status, errors } = await overHttp({ documentId });
    expect([status, errors]).toMatchObject([400, [{ extensions: { code: 'DOCUMENT_UNKNOWN' } }]]);
  });

  test('holds them to the same limits, and takes others beside them', async () => {
    expect(await overHttp({ documentId: idOf(CLIENTS), variables: { first: 'one' } })).toMatchObject({
      status: 400,
      errors: [{ extensions: { code: 'BAD_USER_INPUT' } }],
    });
    expect(await overHttp({ query: '{ __typename }' })).toMatchObject({ status: 200 });
  });
});

test('a hub that takes nothing else refuses every other document, the schema asked of itself too', async () => {
  const world = await createWorld({ trusted: readTrustedDocuments(documentsIn({ 'a.graphql': VIEWER }), true) });
  try {
    expect((await world.operator.ask(VIEWER)).data.viewer.organisation.name).toBe('Operator');
    for (const query of ['{ __typename }', `${VIEWER} `, '{ __schema { types { name } } }']) {
      const { status, errors } = await world.operator.ask(query);
      expect([status, errors]).toMatchObject([400, [{ extensions: { code: 'DOCUMENT_NOT_TRUSTED' } }]]);
    }
  } finally {
    await world[Symbol.asyncDispose]();
  }
});

describe('documents as they lie there', () => {
  test('may be one file of hash to text, as generators of clients write it', () => {
    const file = path.join(folder(), 'documents.json');
    writeFileSync(file, JSON.stringify({ [sha256(VIEWER).toString('hex')]: VIEWER, [idOf(CLIENTS)]: CLIENTS }));
    expect([...readTrustedDocuments(file, false).texts.values()]).toEqual([VIEWER, CLIENTS]);
  });

  test.each([
    ['under a hash that is another', JSON.stringify({ [sha256('other').toString('hex')]: VIEWER })],
    ['that is a list', '[]'],
    ['that is no JSON', 'nothing'],
  ])('are not taken from a file %s', (_what, text) => {
    const file = path.join(folder(), 'documents.json');
    writeFileSync(file, text);
    expect(() => readTrustedDocuments(file, false)).toThrow(TrustedDocumentsError);
  });

  test('are not taken from an empty folder, or from nowhere', () => {
    expect(() => readTrustedDocuments(folder(), false)).toThrow(/no \.graphql file/);
    expect(() => readTrustedDocuments(path.join(folder(), 'missing'), false)).toThrow(TrustedDocumentsError);
  });
});
