import { randomUUID } from 'node:crypto';

import { decides } from '../../support/coordinator.ts';
import { says } from '../../support/answering.ts';
import type { Party, World } from '../../support/world.ts';
import { Canaries, type Flock } from './words.ts';

/** One of tenant A's three, and whose words it may never be shown. */
export interface Driver {
  readonly party: Party;
  readonly forbidden: readonly Flock[];
  /** Ids of organisations whose reports it works on: they are told with them. */
  readonly knows: readonly string[];
}

export interface Circles {
  /** A vendor, its CERT and the provider that this CERT asks. */
  readonly drivers: readonly Driver[];
  /** All others. Every text that they ever wrote is a canary, but for the names of CERTs, which are listed for all. */
  readonly others: readonly Party[];
  /** Idempotency keys that they have used. */
  readonly keys: readonly string[];
  /** The others go on: they do more of the same while A asks. */
  stir(): Promise<void>;
}

const SHARED = ['shared.example', 'www.shared.example'];
const INVITE = 'mutation ($input: InviteMemberInput!) { inviteMember(input: $input) { member } }';
const ISSUE = 'mutation ($input: CreateClientInput!) { createClient(input: $input) { client } }';
const RULES = 'mutation ($input: SetTriageRulesInput!) { setTriageRules(input: $input) { errors { code } } }';
const ANSWER = 'mutation ($input: AnswerQuestionInput!) { answerQuestion(input: $input) { errors { code } } }';
const QUESTIONS = 'query ($id: ID!) { report(id: $id) { questions(first: 9) { edges { node { id } } } } }';

/** A vendor of whose report every text is its own. */
class Reporter {
  readonly keys: string[] = [];

  constructor(
    readonly party: Party,
    private readonly word: () => string,
  ) {}

  async reports(names: readonly string[], input: object = {}) {
    const { word } = this;
    const idempotencyKey = `a key of ours, ${randomUUID()}`;
    this.keys.push(idempotencyKey);
    const values = [...names, `${word()}.example`, `https://${word()}.example/${word()}`];
    const indicators = values.map((value) => ({ value, comment: word(), externalId: word() }));
    return this.party.submits(indicators, {
      ...{ idempotencyKey, title: word(), narrative: word(), externalId: word(), attribution: true },
      ...{ threatActors: [word()], targets: [word()], ...input },
    });
  }
}

async function settlesIn({ word }: { word: () => string }, party: Party): Promise<void> {
  const { data } = await party.ask(INVITE, { input: { name: word(), email: `${word()}@${word()}.example` } });
  const { member } = data.inviteMember;
  await party.ask(ISSUE, { input: { name: word(), permissions: ['EVENTS_READ'], member } });
}

/** A CERT that puts every text that it can into its cases, and sends on those that the filter lets. */
async function coordinates(cert: Party, word: () => string, isSent: (resource: string) => boolean): Promise<void> {
  const { world } = cert;
  await world.settled();
  const cases = (await cert.cases()).filter(({ state }) => state === 'NEW');
  await decides(cert, 'claimCases', cases, { caseReference: word() });
  await decides(cert, 'askReporter', cases.slice(0, 1), { question: word() });
  await cert.confirms(cases.slice(1));
  const sent = cases.slice(1).filter(({ resource }) => isSent(resource));
  await cert.forwards(sent, { note: word(), caseReference: word(), confirmNoParty: true });
  await world.settled();
}

async function answersQuestions({ party }: Reporter, report: { id: string }, word: () => string): Promise<void> {
  const { data } = await party.ask(QUESTIONS, { id: report.id });
  for (const { node } of data.report.questions.edges as { node: { id: string } }[]) {
    await party.ask(ANSWER, { input: { idempotencyKey: randomUUID(), question: node.id, answer: word() } });
  }
}

const ruleOf = (reporter: Party, name: string) => ({
  ...{ name, note: name, reporters: [reporter.id], categories: ['MALWARE'], leastConfidence: 100, outcome: 'CONFIRM' },
});

/** A of three, who work together, and around it everybody from whom something could leak to it. */
export async function makeCircles(world: World): Promise<Circles> {
  const a = await makeOwn(world);
  const b = await makeStrangers(world);
  const rival = await makeRival(world, a.cert);
  const c = await makeOtherCert(world);
  await a.vendor.submits(SHARED, { attribution: true, title: 'ours' });
  await coordinates(
    a.cert,
    () => 'ours',
    () => true,
  );
  await says(a.provider, 'acknowledgeItems', (await a.provider.inbox()).slice(0, 1), {});
  await world.settled();
  const drivers: Driver[] = [
    { party: a.vendor, forbidden: ['b', 'r', 'c'], knows: [] },
    { party: a.cert, forbidden: ['b', 'c'], knows: [rival.reporter.party.id] },
    { party: a.provider, forbidden: ['b'], knows: [rival.reporter.party.id, c.reporter.party.id] },
  ];
  return {
    drivers,
    others: [...b.parties, rival.reporter.party, c.cert, c.reporter.party],
    get keys() {
      return [...b.reporter.keys, ...rival.reporter.keys, ...c.reporter.keys];
    },
    stir: async () => {
      for (const each of [b, rival, c]) await each.stir();
    },
  };
}

async function makeOwn(world: World): Promise<{ vendor: Party; cert: Party; provider: Party }> {
  const cert = await world.cert();
  const provider = await world.provider({ REGISTRAR: ['shared.example'] });
  return { cert, provider, vendor: await world.vendor(cert) };
}

/** A circle that has nothing to do with A, but that it was told of the same names. */
async function makeStrangers(world: World) {
  const { word } = new Canaries('b');
  const cert = await world.cert();
  const vendor = await world.organisation(['VENDOR'], cert, word());
  const provider = await world.organisation(['PROVIDER'], undefined, word());
  const operator = await world.organisation(['OPERATOR'], undefined, word());
  const authority = await world.organisation(['AUTHORITY'], undefined, word());
  const parties = [cert, vendor, provider, operator, authority];
  for (const party of parties) await settlesIn({ word }, party);
  const reporter = new Reporter(vendor, word);
  const works = async () => {
    const suffix = `${word()}.example`;
    await world.verifies(provider, [{ role: 'REGISTRAR', domainSuffix: suffix }]);
    const { report } = await reporter.reports([...SHARED, suffix, `www.${suffix}`]);
    await coordinates(cert, word, (resource) => !resource.includes('shared'));
    await answersQuestions(reporter, report, word);
    await says(provider, 'acknowledgeItems', await provider.inbox(), { note: word(), providerReference: word() });
    await says(provider, 'askCoordinator', (await provider.inbox()).slice(0, 1), { question: word() });
    await world.settled();
  };
  await works();
  await reporter.reports([], { seal: false });
  await cert.ask(RULES, { input: { idempotencyKey: randomUUID(), rules: [ruleOf(vendor, word())] } });
  return { parties, reporter, stir: works };
}

/** A vendor of A's CERT, on the same names. Its words are the CERT's to know, and the provider's, but not the other vendor's. */
async function makeRival(world: World, cert: Party) {
  const { word } = new Canaries('r');
  const reporter = new Reporter(await world.organisation(['VENDOR'], cert, word()), word);
  await settlesIn({ word: new Canaries('b').word }, reporter.party);
  const stir = async () => void (await reporter.reports(SHARED));
  await stir();
  return { reporter, stir };
}

/** Another CERT that asks A's provider about the same names: neither A's CERT nor its vendor learns anything of it. */
async function makeOtherCert(world: World) {
  const { word } = new Canaries('c');
  const cert = await world.cert();
  const reporter = new Reporter(await world.organisation(['VENDOR'], cert, word()), word);
  const stir = async () => {
    await reporter.reports(SHARED);
    await coordinates(cert, word, () => true);
  };
  await stir();
  return { cert, reporter, stir };
}
