import { Field, ID, InputType } from 'type-graphql';

import type { SharedFormat } from '../formats/shared-document.ts';
import { AbuseCategoryEnum } from './indicator.entity.ts';
import type { AbuseCategory } from './indicator.ts';
import { PapEnum, SharedFormatEnum, TellEnum, TlpEnum } from './report.entity.ts';
import { KEY } from './report.inputs.ts';
import type { Pap, Tell, Tlp } from './report.ts';

@InputType({ description: 'What holds where the document says nothing itself. It never makes a label wider.' })
export class ImportDefaultsInput {
  @Field(() => AbuseCategoryEnum, {
    defaultValue: AbuseCategoryEnum.OTHER,
    description: 'Where no kill chain phase, tag, label or related object says a category.',
  })
  category!: AbuseCategory;

  @Field(() => TlpEnum, {
    defaultValue: TlpEnum.AMBER,
    description:
      'Of objects without TLP that stand in no report with one. A TLP that cannot be read is AMBER at least.',
  })
  tlp!: Tlp;

  @Field(() => PapEnum, { nullable: true })
  pap?: Pap | null;
}

@InputType()
export class ImportBundleInput {
  @Field(() => String, { description: KEY })
  idempotencyKey!: string;

  @Field(() => SharedFormatEnum, { nullable: true, description: 'Null: recognised by what is in it.' })
  format?: SharedFormat | null;

  @Field(() => String, {
    description:
      'The document, as JSON text. STIX: a bundle, a list of objects, a TAXII envelope or one object. MISP: an event, ' +
      'bare or in `Event` or `response`, or a list of them. At most 100,000 objects, 10,000 observables, 100 reports, ' +
      'nested 64 deep.',
  })
  bundle!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Of the reports made, 1 to 300 characters. Null: as the document says.',
  })
  title?: string | null;

  @Field(() => ImportDefaultsInput, { nullable: true })
  defaults?: ImportDefaultsInput | null;

  @Field(() => TellEnum, {
    nullable: true,
    description: 'Null: RESPONSIBLE_PARTIES, but ASK_ME for what is labelled AMBER_STRICT or RED.',
  })
  tell?: Tell | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Report MISP attributes whose `to_ids` is not set, too. Without it they are NOTED.',
  })
  takeUnflagged!: boolean;

  @Field(() => Boolean, {
    defaultValue: false,
    description:
      "Keep each object's own name and text as the comment of its indicators. Those who are told can read it, so it must " +
      'name no victim.',
  })
  keepComments!: boolean;

  @Field(() => Boolean, { defaultValue: false, description: 'Let those who are told learn your name.' })
  attribution!: boolean;

  @Field(() => ID, {
    nullable: true,
    description: 'The CERT that shall lead. Default: the one your operator set for you.',
  })
  coordinator?: string | null;

  @Field(() => Boolean, {
    defaultValue: true,
    description: 'False: nothing leaves before `sealReport`. An import never publishes.',
  })
  seal!: boolean;
}
