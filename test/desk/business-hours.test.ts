import { expect, test } from 'vitest';

import { afterBusinessHours } from '../../src/desk/business-hours.ts';

// 2 March 2026 is a Monday.
test.each([
  ['in the middle of a day', '2026-03-02T10:00:00Z', 3, '2026-03-02T13:00:00Z'],
  ['to the minute of closing', '2026-03-02T09:00:00Z', 8, '2026-03-02T17:00:00Z'],
  ['over a night', '2026-03-02T15:30:00Z', 8, '2026-03-03T15:30:00Z'],
  ['before opening', '2026-03-02T03:00:00Z', 8, '2026-03-02T17:00:00Z'],
  ['after closing', '2026-03-02T17:00:00Z', 1, '2026-03-03T10:00:00Z'],
  ['over a week-end', '2026-03-06T16:00:00Z', 8, '2026-03-09T16:00:00Z'],
  ['on a Saturday', '2026-03-07T12:00:00Z', 8, '2026-03-09T17:00:00Z'],
  ['over the end of a month and a year', '2026-12-31T16:00:00Z', 2, '2027-01-01T10:00:00Z'],
  ['over more than a week', '2026-03-02T09:00:00Z', 48, '2026-03-09T17:00:00Z'],
])('business hours are counted %s', (_, from, hours, until) => {
  expect(afterBusinessHours(new Date(from), hours)).toEqual(new Date(until));
});
