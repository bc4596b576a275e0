import { says } from '../support/answering.ts';
import { decides } from '../support/coordinator.ts';
import type { Party, World } from '../support/world.ts';

/** On the provider's desk alone, each for one of the other things that it may say. */
export const DESK = ['reviewed', 'inquired', 'handed', 'revoked', 'restored', 'inquiry', 'handed-over'] as const;

/** Items in the states that other answers begin with: a delegated one, one to be undone, one with a question under it. */
export async function makeDesk(
  world: World,
  {
    reporter,
    coordinator,
    provider,
    delegate,
    successor,
  }: Record<'reporter' | 'coordinator' | 'provider' | 'delegate' | 'successor', Party>,
) {
  const before = new Set((await coordinator.cases()).map(({ id }) => id));
  const { report, results } = await reporter.submits(DESK.map((name) => `${name}.example`));
  await world.settled();
  const cases = (await coordinator.cases()).filter(({ id }) => !before.has(id));
  await coordinator.confirms(cases);
  await coordinator.forwards(cases);
  await world.settled();
  const inbox = new Map((await provider.inbox()).map((item) => [item.resource, item]));
  const [reviewed, inquired, handed, revoked, restored, inquiry, left] = DESK.map((name) =>
    inbox.get(`${name}.example`),
  );
  await says(provider, 'delegateItems', [{ id: revoked?.id ?? '' }], { delegate: delegate.id });
  await says(provider, 'askCoordinator', [{ id: inquiry?.id ?? '' }], { question: 'Which page?' });
  const mistake = cases.filter(({ resource }) => resource === 'restored.example');
  await decides(coordinator, 'retractCases', mistake, { reason: 'FALSE_POSITIVE' });
  const handedOver = cases.find(({ resource }) => resource === 'handed-over.example');
  await decides(coordinator, 'transferCases', [{ id: handedOver?.id ?? '' }], { to: successor.id });
  await world.settled();
  const [delegated] = await delegate.inbox();
  const ids = {
    ...{ reviewed, inquired, handed, revoked, restored, inquiry: inquiry?.referrals[0] },
    ...{ delegated, handedOver, handedReport: report, handedReferral: left?.referrals[0] },
    handedIndicator: results[DESK.indexOf('handed-over')]?.indicator as { id: string } | undefined,
  };
  return {
    ...(Object.fromEntries(Object.entries(ids).map(([name, row]) => [name, row?.id ?? ''])) as Record<
      keyof typeof ids,
      string
    >),
    delegate: delegate.id,
  };
}

/** Cases in the states that other decisions begin with, and a question that waits for its reporter. */
export async function makeDecided(world: World, coordinator: Party, reporter: Party) {
  const names = ['claimed', 'taken', 'ended', 'asked', 'moved', 'questioned'] as const;
  const { report } = await reporter.submits(names.map((name) => `${name}.example`));
  await world.settled();
  const cases = new Map((await coordinator.cases()).map(({ resource, id }) => [resource, id]));
  const idOf = (name: (typeof names)[number]) => cases.get(`${name}.example`) ?? '';
  await coordinator.confirms([{ id: idOf('taken') }]);
  await decides(coordinator, 'claimCases', [{ id: idOf('asked') }, { id: idOf('questioned') }]);
  await decides(coordinator, 'askReporter', [{ id: idOf('questioned') }], { question: 'What is it?' });
  const { data } = await reporter.ask(
    'query ($id: ID!) { report(id: $id) { questions(first: 1) { edges { node { id } } } } }',
    { id: report.id },
  );
  const [claimed, taken, ended, asked, moved] = names.map(idOf) as [string, string, string, string, string, string];
  return { claimed, taken, ended, asked, moved, question: String(data.report.questions.edges[0].node.id) };
}
