import { draftsOf } from '../ledger/append.ts';
import type { ReadingOptions } from '../observable/observable.ts';
import type { BulkAnswer, BulkAnswers, Refused } from '../platform/bulk.ts';
import type { Tx } from '../platform/database/tx.ts';
import { Refusal, notFound } from '../platform/errors.ts';
import { rowIdOf } from '../platform/ids.ts';
import type { Viewer } from '../platform/viewer.ts';
import type { Case } from '../triage/case.entity.ts';
import { checkText, takeCases, type Decided, type Decisions } from '../triage/decision.service.ts';
import type { ClaimRole } from './claim.ts';
import type { AddPartyInput, CorrectPartyInput, NamedPartyInput, SetContactInput } from './party-word.inputs.ts';
import { nextVersions, providerNamed, standingOf, writeContacts, writeWords } from './party-word.queries.ts';
import type { Said, Standing } from './party-word.queries.ts';
import { readKey, type Correction, type Word } from './party-word.ts';
import { PartiesCorrected, PartyContactsSet } from './party.facts.ts';
import { ROLES_THAT_ACT } from './route.ts';

/** Why one case is left as it is; null: it is not. */
type Objection = (one: Case, standing: Standing) => Refusal | null;

/**
 * What a coordinator says by hand of who can act on its cases. It is remembered for the resource and wins over what is
 * claimed and looked up; what was sent stays sent.
 */
export class PartyWordService {
  constructor(
    private readonly decisions: Decisions,
    private readonly options: ReadingOptions,
  ) {}

  add(viewer: Viewer, input: AddPartyInput): Promise<BulkAnswers> {
    checkText(input.reason, 'reason', 2000);
    const reason = input.reason?.trim() ? input.reason : null;
    return this.decisions.make(viewer, 'addParty', input, async (tx, at) => {
      const said = { role: input.role, word: await this.read(tx, input.party, input.role), reason, at };
      return name(tx, viewer, input, said, (_, { says, provider_id }) =>
        provider_id !== null || says === 'PARTY'
          ? new Refusal('WRONG_STATE', `Somebody is known as ${input.role}: correctParty replaces it.`)
          : null,
      );
    });
  }

  correct(viewer: Viewer, input: CorrectPartyInput): Promise<BulkAnswers> {
    checkText(input.reason, 'reason', 2000);
    if (!input.reason.trim()) throw new Refusal('BAD_INPUT', 'A correction needs a reason.', ['reason']);
    if ((input.as === 'REPLACE') !== (input.party != null)) {
      throw new Refusal('BAD_INPUT', 'A party goes with REPLACE, and with nothing else.', ['party']);
    }
    return this.decisions.make(viewer, 'correctParty', input, async (tx, at) => {
      const word: Word = input.party
        ? await this.read(tx, input.party, input.role)
        : { says: input.as === 'FORGET' ? 'NOTHING' : 'NOBODY', by: null };
      const said = { role: input.role, word, reason: input.reason, at };
      return name(tx, viewer, input, said, (_, standing) => objectionTo(input.as, input.role, standing));
    });
  }

  /** Remembered for the party in this role, on all cases of the viewer. */
  setContact(viewer: Viewer, { contact = null, mark = null, ...input }: SetContactInput): Promise<BulkAnswers> {
    checkText(contact, 'contact', 500);
    if (contact?.trim() === '') throw new Refusal('BAD_INPUT', 'Send null to forget a contact.', ['contact']);
    return this.decisions.make(viewer, 'setContact', { ...input, contact, mark } as SetContactInput, async (tx, at) => {
      const { answers, taken, standing } = await takeStanding(tx, viewer, input, (_, { provider_id }) =>
        provider_id === null ? new Refusal('NO_PARTY', `Nobody is known as ${input.role}.`) : null,
      );
      const of = taken.flatMap(({ id }) => standing.get(id) ?? []);
      await writeContacts(tx, viewer, of, { role: input.role, contact, mark, at });
      const rows = await nextVersions(
        tx,
        taken.map(({ id }) => id),
        input.caseReference,
      );
      const party = (id: string): string => standing.get(id)?.provider_name ?? '';
      const facts = rows.map((row) => ({ ...row, role: input.role, party: party(row.id), mark }));
      return { answers, drafts: await draftsOf(tx, PartyContactsSet, facts) };
    });
  }

  private async read(tx: Tx, { organisation, ...key }: NamedPartyInput, role: ClaimRole): Promise<Word> {
    if (organisation == null) return { says: 'PARTY', by: readKey(key, role, this.options) };
    if (key.kind != null || key.value != null || key.tld != null) {
      throw new Refusal('BAD_INPUT', 'Send either organisation, or kind and value.', ['party']);
    }
    const id = rowIdOf('Organisation', organisation);
    const known = await providerNamed(tx, id);
    if (id === null || known === null) throw notFound(['party', 'organisation']);
    return { says: 'PARTY', by: { organisation: id, name: known } };
  }
}

function objectionTo(as: Correction, role: ClaimRole, { says, provider_id }: Standing): Refusal | null {
  const said = says !== null && says !== 'NOTHING';
  if (as === 'FORGET') return said ? null : new Refusal('WRONG_STATE', `You have said nothing of the ${role}.`);
  if (provider_id !== null || says === 'PARTY') return null;
  return new Refusal('WRONG_STATE', `Nobody is known as ${role}: addParty names somebody.`);
}

async function name(
  tx: Tx,
  viewer: Viewer,
  input: AddPartyInput | CorrectPartyInput,
  said: Said,
  object: Objection,
): Promise<Decided> {
  const { answers, taken } = await takeStanding(tx, viewer, input, object);
  await writeWords(tx, viewer, taken, said);
  const rows = await nextVersions(
    tx,
    taken.map(({ id }) => id),
    input.caseReference,
  );
  const { says, by } = said.word;
  const what = {
    ...{ role: said.role, says, reason: said.reason },
    party: by !== null && 'name' in by ? by.name : null,
    keyKind: by !== null && 'kind' in by ? by.kind : null,
    key: by !== null && 'kind' in by ? by.value : null,
  };
  const drafts = await draftsOf(
    tx,
    PartiesCorrected,
    rows.map((row) => ({ ...row, ...what })),
  );
  return { answers, drafts };
}

/** The viewer's cases, locked, on which somebody could act in this role, without those to which there is an objection. */
async function takeStanding(
  tx: Tx,
  viewer: Viewer,
  { cases, role }: { readonly cases: AddPartyInput['cases']; readonly role: ClaimRole },
  object: Objection,
): Promise<{ answers: BulkAnswer[]; taken: Case[]; standing: ReadonlyMap<string, Standing> }> {
  const { answers, taken } = await takeCases(tx, viewer, cases, null);
  const standing = new Map((await standingOf(tx, taken, role)).map((row) => [row.case_id, row]));
  const refused = new Map<string, Refused>();
  for (const one of taken) {
    const row = standing.get(one.id);
    const refusal = !ROLES_THAT_ACT[one.resourceKind].includes(role)
      ? new Refusal('BAD_INPUT', `Nobody acts on a ${one.resourceKind} as ${role}.`)
      : row && object(one, row);
    if (refusal) refused.set(one.id, { refused: { code: refusal.code, message: refusal.message } });
  }
  return {
    answers: answers.map((answer) => ('id' in answer ? (refused.get(answer.id) ?? answer) : answer)),
    taken: taken.filter(({ id }) => !refused.has(id)),
    standing,
  };
}
