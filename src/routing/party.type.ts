import { registerEnumType } from 'type-graphql';

import { CONTACT_MARKS, PARTY_SOURCES } from './party-word.ts';

export const ContactMarkEnum = Object.fromEntries(CONTACT_MARKS.map((mark) => [mark, mark]));
registerEnumType(ContactMarkEnum, {
  name: 'ContactMark',
  description:
    'FORM: reached by a form only. DEAD: nothing sent there arrives. HOSTILE: hears as little as can be, and no link.',
});

export const PartySourceEnum = Object.fromEntries(PARTY_SOURCES.map((source) => [source, source]));
registerEnumType(PartySourceEnum, {
  name: 'PartySource',
  description:
    'Who gave a party. CLAIM: it holds the resource itself. REPORT: it holds what a reporter says lies behind the resource. ' +
    'LOOKUP: what was looked up. COORDINATOR: `addParty` or `correctParty`.',
});
