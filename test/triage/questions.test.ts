import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { decides, kindsOf, queueOf } from '../support/coordinator.ts';
import { withdraws } from '../support/reporter.ts';
import { createWorld, type Party, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => void (world = await createWorld()));
afterAll(() => world[Symbol.asyncDispose]());

const QUESTIONS = `query ($id: ID!) { report(id: $id) { questions(first: 10) { edges { node {
  id coordinator resource question state answer report } } } } }`;

async function questionsOf(party: Party, report: { id: string }): Promise<{ id: string; state: string }[]> {
  const { data } = await party.ask(QUESTIONS, { id: report.id });
  return data.report.questions.edges.map(({ node }: { node: unknown }) => node);
}

async function answers(party: Party, question: string, answer: string, idempotencyKey: string = randomUUID()) {
  const { data } = await party.ask(
    `mutation ($input: AnswerQuestionInput!) { answerQuestion(input: $input) {
       question { id state answer } receipt { entryId } errors { code message path } } }`,
    { input: { idempotencyKey, question, answer } },
  );
  return data.answerQuestion;
}

/** Two vendors on one name, of whom their coordinator asks something. */
async function asked(name: string) {
  const { cert, vendor, report } = await queueOf(world, name);
  const other = await world.vendor(cert);
  const { report: otherReport } = await other.submits([`www.${name}`]);
  await world.settled();
  await decides(cert, 'claimCases', await cert.cases());
  const { results } = await decides(cert, 'askReporter', await cert.cases(), { question: 'Which brand is it?' });
  await world.settled();
  return { cert, vendor, report, other, otherReport, results };
}

describe('a coordinator asks the reporters of a case', () => {
  test('each for itself, and it waits', async () => {
    const { cert, vendor, report, other, otherReport, results } = await asked('asked.example');
    expect(results).toMatchObject([{ case: { state: 'NEEDS_INFORMATION' } }]);
    const question = {
      coordinator: cert.name,
      resource: 'asked.example',
      question: 'Which brand is it?',
      answer: null,
    };
    expect(await questionsOf(vendor, report)).toMatchObject([{ ...question, state: 'ASKED', report: report.id }]);
    expect(await questionsOf(other, otherReport)).toMatchObject([
      { ...question, state: 'ASKED', report: otherReport.id },
    ]);
    expect(kindsOf(await vendor.events()).filter((kind) => kind === 'REPORTERS_ASKED')).toHaveLength(1);
  });

  test('and none of them learns of the other, or of the case', async () => {
    const { vendor, report, other, otherReport } = await asked('apart.example');
    const [foreign] = await questionsOf(other, otherReport);
    await answers(other, foreign?.id ?? '', 'the answer of the other');
    await world.settled();
    const known = JSON.stringify([await vendor.events(), await questionsOf(vendor, report)]);
    for (const secret of [foreign?.id ?? '', other.name, otherReport.id, 'the answer of the other', 'Case:']) {
      expect(known).not.toContain(secret);
    }
    const { data } = await vendor.ask('query ($id: ID!) { node(id: $id) { id } }', { id: foreign?.id });
    expect(data.node).toBeNull();
    expect(await answers(vendor, foreign?.id ?? '', 'mine')).toMatchObject({ errors: [{ code: 'NOT_FOUND' }] });
  });

  test('only of a case that somebody works on', async () => {
    const { cert } = await queueOf(world, 'unclaimed.example');
    const { results } = await decides(cert, 'askReporter', await cert.cases(), { question: 'What?' });
    expect(results).toMatchObject([{ error: { code: 'WRONG_STATE' } }]);
  });

  test.each(['', '  ', 'x'.repeat(2001)])('not by saying nothing, nor too much', async (question) => {
    const { cert } = await queueOf(world, 'nothing.example');
    await decides(cert, 'claimCases', await cert.cases());
    const { errors } = await decides(cert, 'askReporter', await cert.cases(), { question });
    expect(errors).toMatchObject([{ code: 'BAD_INPUT', path: ['question'] }]);
  });
});

describe('an answer', () => {
  test('brings the case back to its desk, is read there, and is given once', async () => {
    const { cert, vendor, report } = await asked('answered.example');
    const [question] = await questionsOf(vendor, report);
    const key = randomUUID();
    const first = await answers(vendor, question?.id ?? '', 'A bank.', key);
    expect(first).toMatchObject({ question: { state: 'ANSWERED', answer: 'A bank.' }, errors: [] });
    expect(await answers(vendor, question?.id ?? '', 'A bank.', key)).toEqual(first);
    await world.settled();
    const [one] = await cert.cases();
    expect(one).toMatchObject({ state: 'IN_TRIAGE' });
    const { data } = await cert.ask(
      'query ($id: ID!) { case(id: $id) { questions(first: 9) { edges { node { answer state } } } } }',
      { id: one?.id },
    );
    expect(data.case.questions.edges.map(({ node }: { node: { state: string } }) => node.state).sort()).toEqual([
      'ANSWERED',
      'ASKED',
    ]);
    expect(kindsOf(await cert.events())).toEqual(expect.arrayContaining(['REPORTERS_ANSWERED', 'CASES_INFORMED']));
    const again = await answers(vendor, question?.id ?? '', 'Another bank.');
    expect(again).toMatchObject({ question: null, errors: [{ code: 'WRONG_STATE' }] });
  });

  test('is not waited for when the coordinator claims the case again; it is welcome all the same', async () => {
    const { cert, vendor, report } = await asked('impatient.example');
    await decides(cert, 'claimCases', await cert.cases());
    expect(await cert.cases()).toMatchObject([{ state: 'IN_TRIAGE' }]);
    const [question] = await questionsOf(vendor, report);
    await answers(vendor, question?.id ?? '', 'Late.');
    await world.settled();
    expect(await cert.cases()).toMatchObject([{ state: 'IN_TRIAGE' }]);
  });

  test.each([
    [
      'rejected',
      (cert: Party, cases: { id: string }[]) => decides(cert, 'rejectCases', cases, { reason: 'DUPLICATE' }),
    ],
    ['resolved', (cert: Party, cases: { id: string }[]) => decides(cert, 'endCases', cases, { as: 'RESOLVED' })],
  ] as const)('is needed no more when the case is %s', async (name, end) => {
    const { cert, vendor, report } = await asked(`${name}.example`);
    await end(cert, await cert.cases());
    await world.settled();
    const [question] = await questionsOf(vendor, report);
    expect(question?.state).toBe('LAPSED');
    expect(await answers(vendor, question?.id ?? '', 'x')).toMatchObject({ errors: [{ code: 'WRONG_STATE' }] });
    expect(kindsOf(await vendor.events())).toContain('REPORTER_QUESTIONS_LAPSED');
  });

  test('nor when everything in the case was withdrawn', async () => {
    const { vendor, report, other, otherReport } = await asked('withdrawn.example');
    await withdraws(vendor, report);
    await withdraws(other, otherReport);
    await world.settled();
    expect(await questionsOf(vendor, report)).toMatchObject([{ state: 'LAPSED' }]);
  });
});
