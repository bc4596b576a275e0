import { Field, InputType, Int } from 'type-graphql';

import { DateTime } from '../platform/api/scalars.ts';
import type { Hosting } from './hosting.ts';

@InputType()
class AddressInput {
  @Field(() => String, { description: 'IPv4 or IPv6.' })
  address!: string;

  @Field(() => DateTime, { nullable: true, description: 'When it was seen there.' })
  at?: Date | null;
}

@InputType({
  description:
    'What you know of who can act on the resource. Parties are found by it, for your report and for the coordinator; ' +
    'other reporters neither see it nor are answered by it. At most 20 of each list.',
})
export class HostingInput implements Hosting {
  @Field(() => Int, { nullable: true, description: "The registrar's id in IANA's registry. For domain names." })
  registrarIanaId?: number | null;

  @Field(() => String, {
    nullable: true,
    description: "What the registry of the name's own top-level domain calls the registrar. For domain names.",
  })
  registrarHandle?: string | null;

  @Field(() => [String], { nullable: true })
  nameServers?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'Host names of the mail exchangers of a mailbox.' })
  mailExchangers?: string[] | null;

  @Field(() => [AddressInput], { nullable: true })
  addresses?: AddressInput[] | null;

  @Field(() => String, { nullable: true, description: 'The number of the autonomous system, e.g. `AS64500`.' })
  asn?: string | null;
}
