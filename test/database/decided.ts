import { randomUUID } from 'node:crypto';

import { decides } from '../support/coordinator.ts';
import { whileFlowWaits } from '../support/rivals.ts';
import { type Party, type World } from '../support/world.ts';

/** Each decision on a case that another part of the crowd does not make, each question, each hand-over, and rules. */
export async function decideAll(world: World): Promise<void> {
  const [cert, other] = [await world.cert(), await world.cert()];
  const vendor = await world.vendor(cert);
  await world.provider({ REGISTRAR: ['moves.example', 'ruled.example'] });
  const names = ['claims', 'rejects', 'ends', 'asks', 'shares', 'moves', 'stays', 'lapses'].map(
    (name) => `${name}.example`,
  );
  await vendor.submits(names);
  await world.settled();
  const cases = new Map((await cert.cases()).map((one) => [one.resource, one]));
  const pick = (name: string) => [cases.get(`${name}.example`) ?? { id: '' }];
  await decides(cert, 'assessCases', pick('claims'), { assessment: 'FORGED' });
  await decides(cert, 'describeHosting', pick('claims'), { hosting: { asn: 'AS64500' } });
  await decides(cert, 'claimCases', [...pick('claims'), ...pick('asks'), ...pick('lapses')]);
  await decides(cert, 'rejectCases', pick('rejects'), { reason: 'DUPLICATE' });
  await decides(cert, 'askReporter', [...pick('asks'), ...pick('lapses')], { question: 'What is it?' });
  await answerAll(vendor, 'asks.example');
  await decides(cert, 'addParty', pick('claims'), { role: 'HOST', party: { kind: 'ASN', value: '64509' } });
  await world.settled();
  await decides(cert, 'setContact', pick('claims'), { role: 'HOST', contact: 'abuse@claims.example', mark: 'FORM' });
  await decides(cert, 'endCases', pick('lapses'), { as: 'RESOLVED' });
  await decides(cert, 'endCases', pick('ends'), { as: 'MITIGATED' });
  await cert.confirms(pick('moves'));
  await cert.forwards(pick('moves'));
  await world.settled();
  await shareAndMove(world, cert, other, pick);
  await ruleAll(world, cert, vendor);
}

async function answerAll(vendor: Party, resource: string): Promise<void> {
  const { data } = await vendor.ask(
    '{ reports(first: 9) { edges { node { questions(first: 9) { edges { node { id resource } } } } } } }',
  );
  const questions: { id: string; resource: string }[] = data.reports.edges.flatMap(
    ({ node }: { node: { questions: { edges: { node: never }[] } } }) => node.questions.edges.map((edge) => edge.node),
  );
  const question = questions.find((one) => one.resource === resource)?.id;
  await vendor.ask('mutation ($input: AnswerQuestionInput!) { answerQuestion(input: $input) { errors { code } } }', {
    input: { idempotencyKey: randomUUID(), question, answer: 'A page.' },
  });
}

async function shareAndMove(
  world: World,
  cert: Party,
  other: Party,
  pick: (name: string) => { id: string }[],
): Promise<void> {
  for (const field of ['addCoordinators', 'removeCoordinators']) {
    await decides(cert, field, pick('shares'), { coordinator: other.id });
    await world.settled();
  }
  await decides(cert, 'addCoordinators', pick('asks'), { coordinator: other.id });
  await decides(cert, 'transferCases', pick('moves'), { to: other.id });
  await world.settled();
  // What joins a case on its way, and is for its coordinator alone, keeps it there.
  await whileFlowWaits(world, async () => {
    await (await world.vendor(cert)).submits(['secret.stays.example'], { tlp: 'RED' });
    await decides(cert, 'transferCases', pick('stays'), { to: other.id });
  });
  await world.settled();
}

/** A rule that decides, and is so often wrong that it stops. */
async function ruleAll(world: World, cert: Party, vendor: Party): Promise<void> {
  const rule = {
    name: 'a rule',
    reporters: [vendor.id],
    categories: ['PHISHING'],
    leastConfidence: 0,
    outcome: 'FORWARD',
  };
  await cert.ask('mutation ($input: SetTriageRulesInput!) { setTriageRules(input: $input) { errors { code } } }', {
    input: { idempotencyKey: randomUUID(), rules: [rule] },
  });
  const lastSeen = new Date().toISOString();
  const page = (name: string) => ({ value: `https://${name}/x`, lastSeen });
  await vendor.submits([
    page('ruled.example'),
    ...Array.from({ length: 20 }, (_, index) => page(`often-${index}.example`)),
  ]);
  await world.settled();
  const wrong = (await cert.cases()).filter(({ resource }) => /^often-[0-3]\./.test(resource));
  await decides(cert, 'retractCases', wrong, { reason: 'FALSE_POSITIVE' });
  await vendor.submits([page('too-often.example')]);
  await world.settled();
}
