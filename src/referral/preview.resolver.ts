import { Arg, Ctx, Query, Resolver } from 'type-graphql';

import type { RequestContext } from '../platform/api/context.ts';
import { itemError } from '../platform/api/payload.ts';
import { May } from '../platform/api/policy.ts';
import { Refusal } from '../platform/errors.ts';
import { PreviewInput } from './preview.inputs.ts';
import type { PreviewService } from './preview.service.ts';
import { Preview } from './preview.type.ts';

@Resolver()
export class PreviewResolver {
  constructor(private readonly service: PreviewService) {}

  @Query(() => Preview, {
    description:
      'Who would be told what, and why others would not. Of an observable and of a report it answers by verified claims and ' +
      'by what the report itself says, never by what others reported or looked up.',
  })
  @May('reports:read', 'cases:read')
  async preview(
    @Arg('input', () => PreviewInput) input: PreviewInput,
    @Ctx() context: RequestContext,
  ): Promise<Preview> {
    try {
      return { resources: await this.service.preview(await context.read(), context.viewer, input), errors: [] };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { resources: [], errors: [itemError({ refused: { code: error.code, message: error.message } })] };
    }
  }
}
