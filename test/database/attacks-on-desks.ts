import { denied, noRow, type Attack } from './attack.ts';

/** On items, the referrals under them, and what was delegated. */
export const ATTACKS_ON_DESKS: readonly Attack[] = [
  denied(
    'answer in the name of the provider',
    'coordinator',
    "UPDATE referral SET state = 'ACTIONED' WHERE id = {referral}",
  ),
  noRow("answer on the provider's desk", 'coordinator', "UPDATE inbox_item SET state = 'ACTIONED' WHERE id = {item}"),
  denied('add to what a provider is shown', 'coordinator', "UPDATE referred_observable SET comment = 'x'"),
  denied(
    'move an item to another provider',
    'provider',
    'UPDATE inbox_item SET provider_id = {otherProvider} WHERE id = {item}',
  ),
  denied('write the own referral', 'provider', 'UPDATE referral SET told = true WHERE id = {referral}'),
  noRow('answer for another provider', 'otherProvider', "UPDATE inbox_item SET state = 'DECLINED' WHERE id = {item}"),
  noRow(
    "answer in the name of one's delegate",
    'delegator',
    "UPDATE inbox_item SET state = 'ACTIONED' WHERE id = {delegated}",
  ),
  noRow("answer one's delegator's item", 'delegate', "UPDATE inbox_item SET state = 'ACTIONED' WHERE id = {handedOn}"),
  denied(
    'hand an own item to another delegator',
    'delegate',
    'UPDATE inbox_item SET delegator_id = {provider} WHERE id = {delegated}',
  ),
  denied(
    'hang an own item under another',
    'provider',
    'UPDATE inbox_item SET parent_id = {handedOn} WHERE id = {item}',
  ),
  denied(
    'sign an item with another name',
    'delegator',
    "UPDATE inbox_item SET delegator_name = 'x' WHERE id = {handedOn}",
  ),
  denied(
    'show a delegate something without the flow',
    'delegator',
    "INSERT INTO delegated_observable (item_id, ord, provider_id, delegator_id, type, value, category) VALUES ({delegated}, 99, {delegate}, {delegator}, 'DOMAIN', 'x.example', 'PHISHING')",
  ),
  denied('change what one was shown', 'delegate', "UPDATE delegated_observable SET value = 'x.example'"),
  denied(
    'ask oneself in the name of a party',
    'coordinator',
    "UPDATE referral SET question = 'x' WHERE id = {referral}",
  ),
  denied(
    'take the turn of a party without a word',
    'coordinator',
    "UPDATE referral SET state = 'ACKNOWLEDGED', reply = NULL WHERE id = {referral}",
  ),
  denied('lift the pause of a referral', 'coordinator', 'UPDATE referral SET paused_at = NULL WHERE id = {referral}'),
  noRow(
    'reply for another coordinator',
    'otherCoordinator',
    "UPDATE referral SET state = 'ACKNOWLEDGED', reply = 'x' WHERE id = {referral}",
  ),
  denied(
    'put an item on the desk of another',
    'otherProvider',
    'INSERT INTO inbox_item (id, provider_id) VALUES ({nobody}, {provider})',
  ),
];
