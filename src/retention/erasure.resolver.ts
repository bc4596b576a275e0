import { Arg, Ctx, Mutation, ObjectType, Resolver } from 'type-graphql';

import type { RequestContext } from '../platform/api/context.ts';
import { Payload, Receipt, answered } from '../platform/api/payload.ts';
import { May } from '../platform/api/policy.ts';
import { EraseEntryInput } from './erasure.inputs.ts';
import type { ErasureService } from './erasure.service.ts';

@ObjectType()
class EraseEntryPayload extends Payload {}

@Resolver()
export class ErasureResolver {
  constructor(private readonly service: ErasureService) {}

  @Mutation(() => EraseEntryPayload, {
    description:
      'Has the words of an entry erased, within a minute: its body and salt, the words of the rows it lists and of all that was made of them (the indicators of a report, requests, desk items, questions), and every other entry that lists one of these rows, whole. What stands in their place says "[erased]". Positions, leaves, feeds and receipts stay, and still verify. It cannot be undone; backups keep what they hold. Entries that only say what proofs rest on are WRONG_STATE.',
  })
  @May('hub:operate')
  eraseEntry(
    @Arg('input', () => EraseEntryInput) input: EraseEntryInput,
    @Ctx() context: RequestContext,
  ): Promise<EraseEntryPayload> {
    return answered(context, async () => {
      const { entryId } = await this.service.order(context.viewer, input);
      return { receipt: new Receipt(entryId) };
    });
  }
}
