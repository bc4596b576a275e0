import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { LoginIssuer } from '../support/login-issuer.ts';
import { person } from '../support/people.ts';
import { createWorld, type World } from '../support/world.ts';

let ahead = 0;
const clock = { now: () => new Date(Date.now() + ahead) };

let issuer: LoginIssuer;
let world: World;
beforeAll(async () => {
  issuer = await LoginIssuer.start();
  world = await createWorld({ clock, login: issuer.settings() });
  issuer.knows(world.hub.url);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await issuer.stop();
});

const WHO = '{ viewer { organisation { name } permissions } }';

test('a person signs in at her provider, and the session is her', async () => {
  const vendor = await world.organisation(['VENDOR']);
  const she = await person(vendor, issuer, ['REPORTS_READ', 'EVENTS_READ']);
  const { data } = await she.ask(WHO);
  expect(data.viewer).toEqual({ organisation: { name: vendor.name }, permissions: ['REPORTS_READ', 'EVENTS_READ'] });
  void randomUUID;
});
