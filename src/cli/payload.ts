import type { ApiClient } from './api-client.ts';
import { Failure } from './failure.ts';
import { exitOfRefusal } from './report-failure.ts';

/** An error that the hub gives as data. */
export interface UserError {
  readonly code: string;
  readonly message: string;
  readonly path?: readonly string[];
}

export interface Payload {
  readonly errors: readonly UserError[];
}

/** The payload, unless the hub refused the whole of it. */
export function accepted<Answer extends Payload>(payload: Answer): Answer {
  const [first] = payload.errors;
  if (!first) return payload;
  const place = first.path?.length ? `${first.path.join('.')}: ` : '';
  throw new Failure(first.code, `${place}${first.message}`, exitOfRefusal(first.code));
}

interface Page<Node> {
  readonly edges: readonly { readonly node: Node }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** Every node of a connection. The query takes `$after`, and calls the connection `page`. */
export async function everyNode<Node>(client: ApiClient, query: string, variables: object = {}): Promise<Node[]> {
  const nodes: Node[] = [];
  for (let after: string | null = null, more = true; more;) {
    const { page }: { page: Page<Node> } = await client.ask(query, { ...variables, after });
    nodes.push(...page.edges.map(({ node }) => node));
    after = page.pageInfo.endCursor;
    more = page.pageInfo.hasNextPage;
  }
  return nodes;
}
