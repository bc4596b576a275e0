/** The answer of one GraphQL request, as any client sees it. */
export interface Answer {
  readonly status: number;
  // A test looks into answers of every shape; their types are the schema's business.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly data: any;
  readonly errors: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
}

/** Asks over real HTTP. */
export async function ask(url: string, key: string | null, query: string, variables: object = {}): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key !== null && { authorization: `Bearer ${key}` }) },
    body: JSON.stringify({ query, variables }),
  });
  const body = (await response.json()) as Partial<Answer>;
  return { status: response.status, data: body.data ?? null, errors: body.errors ?? [] };
}

export const SUBMIT = `mutation ($input: SubmitReportInput!) { submitReport(input: $input) {
  report { id state tell } receipt { entryId } errors { code message path retryable }
  results { __typename ... on IndicatorAccepted { indicator { id type value outcome resource resourceKind } }
    ... on IndicatorJoined { indicator { id type value } } ... on IndicatorRefused { code hint retryable } } } }`;
export const CONFIRM = `mutation ($input: ConfirmCasesInput!) { confirmCases(input: $input) {
  results { case { id state version } error { code message } } receipt { entryId } errors { code message } } }`;
export const FORWARD = `mutation ($input: ForwardCasesInput!) { forwardCases(input: $input) {
  results { case { id state version } error { code message } } receipt { entryId } errors { code message } } }`;
export const CASES = `query ($first: Int!, $after: String, $filter: CaseFilter) { cases(first: $first, after: $after, filter: $filter) {
  edges { node { id resource resourceKind state version basis } } pageInfo { hasNextPage endCursor } } }`;
export const INBOX = `query ($first: Int!, $after: String) { inbox(first: $first, after: $after) {
  edges { node { id resource role state version referrals { id coordinator state } } } pageInfo { hasNextPage endCursor } } }`;
export const EVENTS = `query ($after: String, $first: Int, $kinds: [EventKind!]) { events(after: $after, first: $first, kinds: $kinds) {
  cursor head gap { reason resumeFrom } events { cursor sequence kind at actor { name } summary subjects details entryId } } }`;
export const CLAIM = `mutation ($input: ClaimAssetsInput!) { claimAssets(input: $input) {
  results { claim { id value state } error { code } } errors { code } } }`;
export const DECIDE = `mutation ($input: DecideClaimsInput!) { decideAssetClaims(input: $input) {
  results { claim { id state } error { code } } errors { code } } }`;
export const ACKNOWLEDGE = `mutation ($input: AcknowledgeItemsInput!) { acknowledgeItems(input: $input) {
  results { item { id state version } error { code message } } errors { code message } } }`;
export const ACT = `mutation ($input: ReportActionInput!) { reportAction(input: $input) {
  results { item { id state version action } error { code message } } errors { code message } } }`;
export const DECLINE = `mutation ($input: DeclineItemsInput!) { declineItems(input: $input) {
  results { item { id state version } error { code message } } errors { code message } } }`;
export const READ_UP_TO = `mutation ($cursor: String!) { acknowledgeEvents(cursor: $cursor) { upTo receipt { entryId } errors { code message } } }`;
