import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Provider } from 'oidc-provider';

import { sha256 } from '../../platform/ids.ts';

/** Where the provider sends who is to be asked who she is; below its own address. */
export const ASKING = '/interaction/';

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
};
const MOST_BYTES = 4096;

const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sign in to the trial</title></head><body>
<h1>Sign in to the trial</h1><form method="post">
<p><label>Anybody’s name: <input name="name" maxlength="100" autocomplete="off" required></label></p>
<p><label>The password in demo.json: <input name="password" type="password" required></label></p>
<p><label><input name="strong" type="checkbox"> with a second factor</label></p>
<p><button>Sign in</button></p></form></body></html>`;

/**
 * Asks who she is: whoever reads the folder of a trial may be anybody in it. A form of another site does not get here,
 * since the provider's cookie for this question does not travel with it.
 */
export async function askWho(
  provider: Provider,
  password: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  await provider.interactionDetails(request, response);
  const form = request.method === 'POST' ? await readForm(request) : null;
  const name = form?.get('name')?.trim() ?? '';
  if (!form || name === '' || !timingSafeEqual(sha256(form.get('password') ?? ''), sha256(password))) {
    response.writeHead(form ? 403 : 200, HEADERS).end(PAGE);
    return;
  }
  const amr = form.has('strong') ? ['pwd', 'mfa'] : ['pwd'];
  await provider.interactionFinished(request, response, { login: { accountId: name, amr, remember: false } });
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    if ((bytes += chunk.length) <= MOST_BYTES) chunks.push(chunk);
  }
  return new URLSearchParams(bytes <= MOST_BYTES ? Buffer.concat(chunks).toString() : '');
}
