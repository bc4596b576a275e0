import { createRequire } from 'node:module';

import { expect, test } from 'vitest';

import { holderOf, resourceListVersion } from '../../src/observable/holder.ts';
import { SHARED_NAMES_VERSION } from '../../src/observable/shared-names.ts';

test.each([
  ['tocsin-test.webflow.io', 'TENANT tocsin-test.webflow.io', 'on the Public Suffix List'],
  ['a.b.tocsin-test.webflow.io', 'TENANT tocsin-test.webflow.io', 'with names below the customer'],
  ['tocsin-test.blogspot.it', 'TENANT tocsin-test.blogspot.it', 'that left the list'],
  ['www.tocsin-test.weebly.com', 'TENANT tocsin-test.weebly.com', 'that never was on it'],
  ['tocsin-test.s3.us-west-1.amazonaws.com', 'TENANT tocsin-test.s3.us-west-1.amazonaws.com', 'with a region'],
  ['ec2-192-0-2-7.compute-1.amazonaws.com', 'TENANT ec2-192-0-2-7.compute-1.amazonaws.com', 'listed as a suffix'],
  ['tocsin.oss-eu-central-1.aliyuncs.com', 'TENANT tocsin.oss-eu-central-1.aliyuncs.com', 'by the whole name'],
  ['7.2.0.192.bc.googleusercontent.com', 'TENANT 7.2.0.192.bc.googleusercontent.com', 'inside a shared name'],
])('%s belongs to a tenant of a platform %3$s', (name, resource) => {
  expect(holder(name)).toBe(resource);
});

test.each([
  ['tocsin-test.uk.com', 'NAME tocsin-test.uk.com'],
  ['a.tocsin-test.uk.com', 'NAME tocsin-test.uk.com'],
  ['tocsin-test.co.uk', 'NAME tocsin-test.co.uk'],
  ['a.tocsin-test.tocsin.ck', 'NAME tocsin-test.tocsin.ck'],
  ['www.ck', 'NAME www.ck'],
  ['notgoogle.com', 'NAME notgoogle.com'],
  ['azurewebsites.net.tocsin-test.fr', 'NAME tocsin-test.fr'],
])('%s is sold by registrars: %s', (name, resource) => {
  expect(holder(name)).toBe(resource);
});

test.each([
  ['google.com', 'SHARED_NAME'],
  ['docs.google.com', 'SHARED_NAME'],
  ['storage.googleapis.com', 'SHARED_NAME'],
  ['raw.githubusercontent.com', 'SHARED_NAME'],
  ['github.com', 'SHARED_NAME'],
  ['bit.ly', 'SHARED_NAME'],
  ['forms.gle', 'SHARED_NAME'],
  ['t.me', 'SHARED_NAME'],
  ['pastebin.com', 'SHARED_NAME'],
  ['blogspot.com', 'SHARED_SUFFIX'],
  ['webflow.io', 'SHARED_SUFFIX'],
  ['www.webflow.io', 'SHARED_SUFFIX'],
])('%s stands for many people (%s)', (name, code) => {
  expect(holder(name)).toBe(code);
});

test('the version names the lists in use', () => {
  const installed: { version: string } = createRequire(import.meta.url)('tldts/package.json');
  expect(resourceListVersion).toBe(`tldts ${installed.version}, shared names ${SHARED_NAMES_VERSION}`);
});

function holder(name: string): string {
  const answer = holderOf(name, {});
  if ('code' in answer) return answer.code;
  switch (answer.kind) {
    case 'HELD':
      return `${answer.resource.kind} ${answer.resource.value}`;
    case 'SHARED':
      return answer.refusal.code;
    case 'NOBODY':
      return answer.kind;
  }
}
