import { randomUUID } from 'node:crypto';

import type { Party, SubmittedItem, World } from '../support/world.ts';

export const RULES = 'triageRules { version rules { name state outcome leastConfidence reporters } }';

export async function setsRules(cert: Party, rules: readonly object[], input: object = {}) {
  const { data, errors } = await cert.ask(
    `mutation ($input: SetTriageRulesInput!) { setTriageRules(input: $input) { ${RULES} receipt { entryId } errors { code message path } } }`,
    { input: { idempotencyKey: randomUUID(), rules, ...input } },
  );
  if (errors[0]) throw new Error(errors[0].message);
  return data.setTriageRules;
}

export const ruleOf = (reporter: Party, more: object = {}): object => ({
  name: 'trusted phishing',
  reporters: [reporter.id],
  categories: ['PHISHING'],
  leastConfidence: 80,
  outcome: 'FORWARD',
  note: 'sent by a rule',
  ...more,
});

/** A phishing page below this name, as a trusted source reports it. */
export const page = (name: string, more: Partial<SubmittedItem> = {}): SubmittedItem => ({
  value: `https://login.${name}/secure`,
  category: 'PHISHING',
  confidence: 90,
  lastSeen: new Date(Date.now() - 3600_000).toISOString(),
  ...more,
});

/** A coordinator with a rule for one of its vendors. */
export async function aTrustingCert(world: World, more: object = {}) {
  const cert = await world.cert();
  const vendor = await world.vendor(cert);
  await setsRules(cert, [ruleOf(vendor, more)]);
  return { cert, vendor };
}
