import { Arg, Ctx, ID, Int, Query, Resolver } from 'type-graphql';

import type { RequestContext } from '../platform/api/context.ts';
import { May } from '../platform/api/policy.ts';
import { readOutcomes } from './outcome.service.ts';
import { OutcomePage } from './outcome.type.ts';

@Resolver()
export class OutcomeResolver {
  @Query(() => OutcomePage, {
    description:
      'What became of your own indicators, for a table of yours that is to be kept in step: everything at first, then what ' +
      'changed after the `cursor` of the page before, as it is now, until `cursor` is `head`. Also as a file: ' +
      '`GET /outcomes?format=csv` or `ndjson`.',
  })
  @May('reports:read')
  async outcomes(
    @Arg('report', () => ID, { nullable: true, description: 'Of this report alone.' }) report: string | null,
    @Arg('changedAfter', () => String, {
      nullable: true,
      description: 'The `cursor` of a page of outcomes, or of an event of yours. Without it: everything.',
    })
    changedAfter: string | null,
    @Arg('first', () => Int, { defaultValue: 1000, description: '1 to 1,000.' }) first: number,
    @Ctx() context: RequestContext,
  ): Promise<OutcomePage> {
    return readOutcomes(await context.read(), context.viewer, { report, changedAfter, first });
  }
}
