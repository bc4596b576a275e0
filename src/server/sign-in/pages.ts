import type { Membership } from '../../tenancy/session.service.ts';
import { toGlobalId } from '../../platform/ids.ts';

/** No script, nothing from elsewhere. Forms lead to the provider by a redirect, whose address only the provider knows. */
export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  // Not `no-referrer`: forms would then be sent with `Origin: null`, and be taken for another site's.
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? '');

const page = (title: string, body: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title></head><body><h1>${escaped(title)}</h1>${body}</body></html>`;

const JOIN = `<form method="post" action="/auth/sign-in"><p><label>First time here? The invitation that you were sent:
<input name="invitation" autocomplete="off" required></label> <button>Join</button></p></form>`;

/** Where one signs in, out, and joins. `organisation`: whose member is signed in, or null. */
export function frontPage(organisation: string | null): string {
  if (organisation === null) {
    return page('Tocsin', `<p><a href="/auth/sign-in">Sign in</a></p>${JOIN}`);
  }
  const out = '<form method="post" action="/auth/sign-out"><p><button>Sign out</button></p></form>';
  return page('Tocsin', `<p>You are signed in for ${escaped(organisation)}.</p>${out}`);
}

/** For who may act for several, one at a time. */
export function choicePage(choice: readonly Membership[]): string {
  const links = choice.map(({ organisationId, organisationName }) => {
    const id = toGlobalId('Organisation', organisationId);
    return `<li><a href="/auth/sign-in?organisation=${id}">${escaped(organisationName)}</a></li>`;
  });
  return page('For whom do you act?', `<ul>${links.join('')}</ul>`);
}

export function refusalPage(message: string): string {
  return page('You are not signed in', `<p>${escaped(message)}</p><p><a href="/auth">Try again</a></p>`);
}
