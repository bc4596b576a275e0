import { denied, noRow, type Attack } from './attack.ts';

/** On members, their sessions, and what waits for a second person. */
export const ATTACKS_ON_PEOPLE: readonly Attack[] = [
  denied('read the sessions of its people', 'vendor', 'SELECT FROM session'),
  denied('make a session', 'vendor', 'INSERT INTO session DEFAULT VALUES'),
  denied('read the hashes of invitations', 'vendor', 'SELECT invitation_hash FROM member'),
  denied(
    'say who a member is to a provider',
    'vendor',
    "UPDATE member SET issuer = 'https://mine.example', subject = 'me' WHERE organisation_id = {vendor}",
  ),
  noRow(
    'give rights to a member of another organisation',
    'otherVendor',
    "UPDATE member SET granted = '{reports:submit}' WHERE organisation_id = {vendor}",
  ),
  denied(
    'demand four eyes of another organisation',
    'vendor',
    'INSERT INTO act_policy (organisation_id, require_mfa, four_eyes) VALUES ({otherVendor}, true, true)',
  ),
  noRow('lift the four eyes of another organisation', 'operator', 'UPDATE act_policy SET four_eyes = false'),
  noRow('approve what another organisation waits for', 'operator', "UPDATE approval SET state = 'DECLINED'"),
  denied('change what is to be approved', 'vendor', "UPDATE approval SET input = '{}'"),
  denied('say that another asked', 'vendor', 'UPDATE approval SET member_id = NULL'),
  denied(
    'let an act wait in another organisation',
    'vendor',
    `INSERT INTO approval (id, organisation_id, verb, input, input_hash, client_id, requested_at, expires_at)
     VALUES ({nobody}, {otherVendor}, 'forwardCases', '{}', sha256('a'), {nobody}, now(), now())`,
  ),
];
