import { Field, ObjectType, registerEnumType } from 'type-graphql';

import { SHARED_CODES, type SharedCode } from '../formats/shared-document.ts';
import { IndicatorResult, type IndicatorResultType } from './indicator-result.type.ts';
import { ITEM_REFUSALS, type ItemRefusalCode } from './indicator.ts';

const IMPORT_STATUSES = ['ACCEPTED', 'CONTEXT', 'JOINED', 'WITHDRAWN', 'REFUSED', 'NOTED', 'UNSUPPORTED'] as const;
export type ImportStatus = (typeof IMPORT_STATUSES)[number];
export type ImportCode = SharedCode | ItemRefusalCode | 'WIDER_LABEL';

const enumOf = (values: readonly string[]) => Object.fromEntries(values.map((value) => [value, value]));
const StatusEnum = enumOf(IMPORT_STATUSES);
const CodeEnum = enumOf([...new Set([...SHARED_CODES, ...ITEM_REFUSALS, 'WIDER_LABEL'])].sort());
registerEnumType(StatusEnum, {
  name: 'ImportStatus',
  description:
    'What became of an object. ACCEPTED: new indicators, on which somebody can act. CONTEXT: new indicators on which ' +
    'nobody can act (file hashes). JOINED: you reported it before. WITHDRAWN: its source took it back, and so have you. ' +
    'REFUSED: as an indicator of a report would be. NOTED: it claims nothing by itself. UNSUPPORTED: the hub cannot ' +
    'read it. Of several observables in one object the first status in this order counts.',
});
registerEnumType(CodeEnum, {
  name: 'ImportCode',
  description:
    'Why an object gave no indicator. BENIGN: its source says so. CONTEXT: it says something of other objects. ' +
    'DUPLICATE_ID: another object of its id counts. MALFORMED: not as its format demands. PROPOSAL: a MISP shadow ' +
    'attribute. REFERENCE: about the threat, or a victim, or part of another object. REVOKED: taken back, and not known ' +
    'here. UNFLAGGED: `to_ids` is not set. UNSUPPORTED_PATTERN, UNSUPPORTED_TYPE: nothing the hub can report. WIDER_LABEL: it is known ' +
    '(JOINED), under a wider label than the document gives it now. Others: as ' +
    'IndicatorRefusalCode. New codes may be added.',
});

@ObjectType({ description: 'The answer to one object of a document.' })
export class ImportResult {
  @Field(() => String, {
    nullable: true,
    description: 'Its id as sent, at most 256 characters: a STIX id, a MISP uuid.',
  })
  objectId!: string | null;

  @Field(() => String, { description: 'Its type, e.g. `indicator`, `ipv4-addr`, `attribute ip-dst`, `object file`.' })
  objectType!: string;

  @Field(() => StatusEnum)
  status!: ImportStatus;

  @Field(() => CodeEnum, {
    nullable: true,
    description: 'For REFUSED, NOTED and UNSUPPORTED; for JOINED only WIDER_LABEL.',
  })
  code!: ImportCode | null;

  @Field(() => String, { nullable: true, description: 'For a person: what was read, or what to send instead.' })
  hint!: string | null;

  @Field(() => [IndicatorResult], { description: 'An answer for each observable in it, in their order.' })
  indicators!: IndicatorResultType[];
}
