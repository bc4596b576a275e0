import { randomUUID } from 'node:crypto';

import type { Permission } from '../../src/platform/viewer.ts';
import type { PartyName, SubjectName, Thread } from './thread.ts';

/** How a root field is asked: about which row of the thread, and who of the thread may have it. */
export interface Operation {
  /** The root field; behind a colon, where the answer depends on it, the type of the row asked about. */
  readonly name: string;
  readonly right: PartyName;
  readonly subject: SubjectName | null;
  readonly document: string;
  readonly variables: (id: string, subjects: Thread['subjects']) => object;
  /** Of one kind of row, where the field itself is for everybody. */
  readonly may?: readonly Permission[];
}

export const key = (): { idempotencyKey: string } => ({ idempotencyKey: randomUUID() });

export const byId = (field: string, right: PartyName, subject: SubjectName): Operation => ({
  name: `Query.${field}`,
  right,
  subject,
  document: `query ($id: ID!) { ${field}(id: $id) { id } }`,
  variables: (id) => ({ id }),
});

export const list = (field: string, right: PartyName, subject: SubjectName | null): Operation => ({
  name: `Query.${field}`,
  right,
  subject,
  document: `{ ${field}(first: 100) { edges { node { id } } } }`,
  variables: () => ({}),
});

export const node = (
  type: string,
  right: PartyName,
  subject: SubjectName,
  may: readonly Permission[] = [],
): Operation => ({
  ...byId('node', right, subject),
  name: `Query.node:${type}`,
  may,
});

export const trail = (type: string, right: PartyName, subject: SubjectName): Operation => ({
  name: `Query.auditTrail:${type}`,
  right,
  subject,
  document: 'query ($id: ID!) { auditTrail(subject: $id, first: 100) { edges { node { subjects } } } }',
  variables: (id) => ({ id }),
});

/** A mutation of one input, whose answer has errors of its own or one result an item. */
export const change = (
  field: string,
  right: PartyName,
  subject: SubjectName | null,
  inputOf: (id: string, subjects: Thread['subjects']) => object,
  results = '',
): Operation => ({
  name: `Mutation.${field}`,
  right,
  subject,
  document: `mutation ($input: ${field.charAt(0).toUpperCase()}${field.slice(1)}Input!) { ${field}(input: $input) {
    errors { code message path retryable } ${results} } }`,
  variables: (id, subjects) => ({ input: inputOf(id, subjects) }),
});

export const RESULTS = 'results { error { code message path retryable } }';

export const onArgument = (field: string, argument: string, right: PartyName, subject: SubjectName): Operation => ({
  name: `Mutation.${field}`,
  right,
  subject,
  document: `mutation ($id: ID!) { ${field}(${argument}: $id) { errors { code message path retryable } } }`,
  variables: (id) => ({ id }),
});
