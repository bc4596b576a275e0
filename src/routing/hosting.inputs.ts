import { Field, InputType } from 'type-graphql';

import { HostingInput } from '../intake/hosting.type.ts';
import { DecideCasesInput } from '../triage/decision.type.ts';

@InputType()
export class DescribeHostingInput extends DecideCasesInput {
  @Field(() => HostingInput, { description: 'What you say of a kind counts instead of what others say of it.' })
  hosting!: HostingInput;
}
