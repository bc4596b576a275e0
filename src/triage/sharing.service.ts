import { draftsOf } from '../ledger/append.ts';
import type { BulkAnswers, Refused } from '../platform/bulk.ts';
import type { Tx } from '../platform/database/tx.ts';
import { Refusal, notFound } from '../platform/errors.ts';
import { rowIdOf } from '../platform/ids.ts';
import type { Viewer } from '../platform/viewer.ts';
import { Organisation } from '../tenancy/organisation.entity.ts';
import { checkText, takeCases, type Decisions } from './decision.service.ts';
import { findKept, findUnsharable } from './kept.queries.ts';
import { CasesLeft, CasesShared, CasesUnshared } from './sharing.facts.ts';
import type { ShareCasesInput, TransferCasesInput } from './sharing.inputs.ts';

type Taking = Awaited<ReturnType<typeof takeCases>>;

/**
 * Who else has a part in a case. Decided here; done by the flow, which alone may write what another organisation
 * reads, under the locks of everything that it then reads.
 */
export class SharingService {
  constructor(private readonly decisions: Decisions) {}

  /** Another CERT reads these cases and hears of them; deciding stays with their coordinator. */
  share(viewer: Viewer, input: ShareCasesInput): Promise<BulkAnswers> {
    checkShared(input);
    return this.decisions.make(viewer, 'addCoordinators', input, async (tx) => {
      const other = await otherCert(tx, viewer, input.coordinator, 'coordinator');
      const taking = await takeCases(tx, viewer, input.cases, null);
      const { answers, taken } = leaveOut(taking, await findUnsharable(tx, taking.taken), KEPT);
      const rows = await touch(tx, taken, input.caseReference);
      const facts = rows.map((row) => ({ ...row, coordinator: other.name, organisation: other.id }));
      return { answers, drafts: await draftsOf(tx, CasesShared, facts) };
    });
  }

  unshare(viewer: Viewer, input: ShareCasesInput): Promise<BulkAnswers> {
    checkShared(input);
    return this.decisions.make(viewer, 'removeCoordinators', input, async (tx) => {
      const other = await otherCert(tx, viewer, input.coordinator, 'coordinator');
      const { answers, taken } = await takeCases(tx, viewer, input.cases, null);
      const rows = await touch(tx, taken, input.caseReference);
      const facts = rows.map((row) => ({ ...row, coordinator: other.name, organisation: other.id }));
      return { answers, drafts: await draftsOf(tx, CasesUnshared, facts) };
    });
  }

  /** From now on nobody here decides on them; the flow hands them over with all that hangs under them. */
  transfer(viewer: Viewer, input: TransferCasesInput): Promise<BulkAnswers> {
    const { note = null } = input;
    checkText(note, 'note', 2000);
    return this.decisions.make(viewer, 'transferCases', input, async (tx) => {
      const other = await otherCert(tx, viewer, input.to, 'to');
      const taking = await takeCases(tx, viewer, input.cases, 'transfer');
      const { answers, taken } = leaveOut(taking, await findKept(tx, taking.taken), KEPT_IN_PART);
      const rows = await tx.query<{ id: string; version: number }>(
        'UPDATE triage_case SET leaving_to = $2, version = version + 1 WHERE id = ANY ($1) RETURNING id, version',
        [taken.map(({ id }) => id), other.id],
      );
      const facts = rows.map((row) => ({ ...row, to: other.name, note }));
      return { answers, drafts: await draftsOf(tx, CasesLeft, facts) };
    });
  }
}

const KEPT = 'Its sources keep it to you (COORDINATOR_ONLY, AMBER+STRICT or RED): no other coordinator may read it.';
const KEPT_IN_PART = 'A source keeps what it said in it to you (COORDINATOR_ONLY, AMBER+STRICT or RED).';

/** Without the cases of these ids, which are answered by a refusal instead. */
function leaveOut({ answers, taken }: Taking, left: ReadonlySet<string>, why: string): Taking {
  const refused: Refused = { refused: { code: 'NEEDS_CONSENT', message: why } };
  return {
    answers: answers.map((answer) => ('id' in answer && left.has(answer.id) ? refused : answer)),
    taken: taken.filter(({ id }) => !left.has(id)),
  };
}

/** What is decided on more than 200 rows follows in a lane of its own, and adding must never overtake removing. */
const MOST_SHARED = 200;

function checkShared({ cases }: ShareCasesInput): void {
  if (cases.length > MOST_SHARED) throw new Refusal('TOO_MANY', `From 1 to ${MOST_SHARED} at once.`, ['cases']);
}

function touch(tx: Tx, cases: readonly { id: string }[], reference: string | null | undefined) {
  return tx.query<{ id: string; version: number }>(
    'UPDATE triage_case SET version = version + 1, reference = coalesce($2, reference) WHERE id = ANY ($1) RETURNING id, version',
    [cases.map(({ id }) => id), reference ?? null],
  );
}

/** Another CERT that the viewer may know of; NOT_FOUND for whatever is none. */
async function otherCert(
  tx: Tx,
  viewer: Viewer,
  globalId: string,
  path: string,
): Promise<{ id: string; name: string }> {
  const [found] = await tx.list(Organisation, "WHERE t.id = $1 AND 'CERT' = ANY (t.roles) AND t.state = 'ACTIVE'", [
    rowIdOf('Organisation', globalId),
  ]);
  if (!found) throw notFound([path]);
  if (found.id === viewer.organisationId) throw new Refusal('BAD_INPUT', 'That is your own organisation.', [path]);
  return found;
}
