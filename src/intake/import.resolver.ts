import { Arg, Ctx, Field, Mutation, ObjectType, Resolver } from 'type-graphql';

import type { RequestContext } from '../platform/api/context.ts';
import { inOrder } from '../platform/api/loader.ts';
import { Payload, answered } from '../platform/api/payload.ts';
import { May } from '../platform/api/policy.ts';
import type { ImportedObject } from './import-answer.service.ts';
import { ImportResult, type ImportCode, type ImportStatus } from './import-result.type.ts';
import { ImportBundleInput } from './import.inputs.ts';
import type { ImportService } from './import.service.ts';
import { Report } from './report.entity.ts';
import { receiptOf, resultOf } from './report.resolver.ts';

@ObjectType()
class ImportBundlePayload extends Payload {
  @Field(() => [Report], {
    nullable: true,
    description: 'The reports that hold what was imported, made now or before. Empty: there is nothing to hold.',
  })
  reports?: Report[] | null;

  @Field(() => [ImportResult], {
    nullable: true,
    description:
      'One answer an object, in their order. MISP: the event, its attributes, each before its proposals, its objects, ' +
      'each before its attributes, its proposals, its event reports.',
  })
  results?: ImportResult[] | null;
}

@Resolver()
export class ImportResolver {
  constructor(private readonly imports: ImportService) {}

  @Mutation(() => ImportBundlePayload, {
    description:
      'Imports a STIX bundle or MISP events, in one transaction, with an answer for every object. What is labelled alike ' +
      '(TLP, PAP) in one report or event of the document becomes one report. The id of an object is the externalId of its ' +
      'indicator, so that importing it again adds only what is new. Above 256 kB send it to /graphql/bulk (8 MB).',
  })
  @May('reports:submit')
  importBundle(
    @Arg('input', () => ImportBundleInput) input: ImportBundleInput,
    @Ctx() context: RequestContext,
  ): Promise<ImportBundlePayload> {
    return answered(context, async () => {
      const { objects, reportIds, entryId } = await this.imports.import(context.viewer, input);
      const tx = await context.read();
      const found = inOrder(reportIds, await tx.list(Report, 'WHERE t.id = ANY ($1)', [reportIds]));
      return {
        reports: found.filter((each) => each != null),
        results: objects.map(resultFor),
        receipt: receiptOf(entryId),
      };
    });
  }
}

function resultFor(imported: ImportedObject): ImportResult {
  const { object, answers } = imported;
  const names = {
    objectId: object.id?.slice(0, 256).toWellFormed() ?? null,
    objectType: object.type.slice(0, 256).toWellFormed(),
  };
  return Object.assign(new ImportResult(), names, outcomeOf(imported), { indicators: answers.map(resultOf) });
}

interface Outcome {
  readonly status: ImportStatus;
  readonly code: ImportCode | null;
  readonly hint: string | null;
}

const REVOKED = 'Its source took it back, and it does not stand here.';

const WIDER: Outcome = {
  status: 'JOINED',
  code: 'WIDER_LABEL',
  hint: 'It stands in a report with a wider label than the document gives it now. If that is wrong, withdraw it.',
};

function outcomeOf({ step, items, answers, withdrawn, wider }: ImportedObject): Outcome {
  const plain = (status: ImportStatus): Outcome => ({ status, code: null, hint: null });
  switch (step.kind) {
    case 'PASSED':
      return step.passed;
    case 'WITHDRAW':
      return withdrawn ? plain('WITHDRAWN') : { status: 'NOTED', code: 'REVOKED', hint: REVOKED };
    case 'REPORT': {
      const kinds = answers.map((answer, index): ImportStatus => {
        const item = items[index];
        return answer.kind === 'ACCEPTED' && item?.ok && item.resource === null ? 'CONTEXT' : answer.kind;
      });
      const first = (['ACCEPTED', 'CONTEXT', 'JOINED'] as const).find((kind) => kinds.includes(kind));
      const refused = answers.find((answer) => answer.kind === 'REFUSED');
      if (first === 'JOINED' && wider) return WIDER;
      return first || !refused ? plain(first ?? 'JOINED') : { status: 'REFUSED', ...codeOf(refused.refusal) };
    }
  }
}

const codeOf = ({ code, hint }: { code: ImportCode; hint: string }) => ({ code, hint });
