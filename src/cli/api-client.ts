import { z } from 'zod';

/** The hub turned the whole request away, or gave no answer that can be used. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    /** A code of the hub's top-level errors, or UNREACHABLE (no answer came), or BAD_ANSWER (it is not GraphQL's). */
    readonly code: string,
    message: string,
    /** Of the HTTP answer; 0 when none came. */
    readonly status: number,
  ) {
    super(message);
  }
}

const answer = z.object({
  data: z.unknown().optional(),
  errors: z
    .array(z.object({ message: z.string(), extensions: z.object({ code: z.string() }).partial().optional() }))
    .optional(),
});

/** A GraphQL client of one hub with one key. */
export class ApiClient {
  constructor(
    /** The hub's GraphQL address, e.g. http://127.0.0.1:4000/graphql. */
    readonly url: string,
    private readonly key: string,
  ) {}

  /** The data of an operation. `bulk` uses the hub's path for large submissions. Throws ApiError. */
  async ask<Data>(query: string, variables: object = {}, options: { bulk?: boolean } = {}): Promise<Data> {
    const response = await this.send(
      options.bulk ? `${this.url}/bulk` : this.url,
      JSON.stringify({ query, variables }),
    );
    const { data, errors = [] } = await readAnswer(response);
    const [first] = errors;
    if (first) throw new ApiError(first.extensions?.code ?? 'BAD_ANSWER', first.message, response.status);
    if (data == null) throw badAnswer(response.status);
    return data as Data;
  }

  private async send(url: string, body: string): Promise<Response> {
    try {
      return await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${this.key}` },
        body,
      });
    } catch (cause) {
      throw unreachable(url, cause);
    }
  }
}

async function readAnswer(response: Response): Promise<z.infer<typeof answer>> {
  const text = await response.text().catch((cause: unknown) => {
    throw unreachable(response.url, cause);
  });
  try {
    return answer.parse(JSON.parse(text));
  } catch {
    throw badAnswer(response.status);
  }
}

function badAnswer(status: number): ApiError {
  return new ApiError('BAD_ANSWER', `The answer (HTTP ${status}) is not one of a hub. Is this its address?`, status);
}

function unreachable(url: string, cause: unknown): ApiError {
  const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
  return new ApiError('UNREACHABLE', `No hub answers at ${url}: ${reason}`, 0);
}
