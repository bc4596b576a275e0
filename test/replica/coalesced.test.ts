import { expect, test } from 'vitest';

import { Coalesced } from '../../src/platform/database/replica/coalesced.ts';

/** A question whose answers are given by hand: each is the number of the question. */
function asked() {
  const answers: ((fails?: boolean) => void)[] = [];
  const question = new Coalesced(
    () =>
      new Promise<number>((resolve, reject) => {
        const number = answers.length + 1;
        answers.push((fails = false) => (fails ? reject(new Error(`${number} failed`)) : resolve(number)));
      }),
  );
  return { question, answers };
}

test('who comes while a question is under way is told the answer to the next, which is one for all of them', async () => {
  const { question, answers } = asked();
  const first = question.get();
  const later = [question.get(), question.get(), question.get()];
  expect(answers.length).toBe(1);
  answers[0]?.();
  expect(await first).toBe(1);
  await new Promise(setImmediate);
  expect(answers.length).toBe(2);
  answers[1]?.();
  expect(await Promise.all(later)).toEqual([2, 2, 2]);
  const last = question.get();
  answers[2]?.();
  expect(await last).toBe(3);
});

test('a question that fails fails for those who waited for it, and not for the next', async () => {
  const { question, answers } = asked();
  const first = question.get();
  const next = question.get();
  answers[0]?.(true);
  await expect(first).rejects.toThrow('1 failed');
  await new Promise(setImmediate);
  answers[1]?.();
  expect(await next).toBe(2);
});
