/** The page around GraphiQL: a field for the credential, which stays in this tab of the browser and is gone with it. */
export const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Tocsin: GraphiQL</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="/graphql/ui/graphiql.css" />
    <link rel="stylesheet" href="/graphql/ui/page.css" />
  </head>
  <body>
    <form id="credential">
      <label for="key">API key or access token</label>
      <input id="key" type="password" autocomplete="off" spellcheck="false" placeholder="tocsin_..." />
      <button>Use it</button>
      <output id="who"></output>
    </form>
    <noscript>GraphiQL needs JavaScript.</noscript>
    <div id="root"></div>
    <script src="/graphql/ui/graphiql.js"></script>
    <script src="/graphql/ui/page.js"></script>
  </body>
</html>
`;

export const PAGE_STYLE = `
html, body { height: 100%; margin: 0; }
body { display: flex; flex-direction: column; font: 14px/1.4 system-ui, sans-serif; }
#credential { display: flex; gap: 8px; align-items: center; padding: 8px 12px; border-bottom: 1px solid #d0d0d8; }
#key { flex: 0 1 420px; padding: 4px 8px; font: inherit; }
#root { flex: 1; min-height: 0; }
#root .graphiql-container { height: 100%; }
`;

export const PAGE_SCRIPT = `'use strict';
const KEPT = 'tocsin.credential';
const field = document.getElementById('key');
const who = document.getElementById('who');
field.value = sessionStorage.getItem(KEPT) ?? '';

const credentials = () => {
  const kept = sessionStorage.getItem(KEPT);
  return kept ? { authorization: 'Bearer ' + kept } : {};
};

async function sayWho() {
  if (!sessionStorage.getItem(KEPT)) return void (who.textContent = 'The schema is open; questions need a key.');
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...credentials() },
    body: JSON.stringify({ query: '{ viewer { organisation { name } } }' }),
  });
  const { data, errors } = await response.json();
  who.textContent = data ? 'You are ' + data.viewer.organisation.name : errors[0].message;
}

document.getElementById('credential').addEventListener('submit', (event) => {
  event.preventDefault();
  sessionStorage.setItem(KEPT, field.value.trim());
  sayWho().catch((error) => (who.textContent = String(error)));
});

self.MonacoEnvironment = { globalAPI: false, getWorkerUrl: (_id, label) => '/graphql/ui/' + label + '.js' };
YogaGraphiQL.renderYogaGraphiQL(document.getElementById('root'), {
  endpoint: '/graphql',
  subscriptionsProtocol: 'WS',
  additionalHeaders: credentials,
  connectionParams: credentials,
  shouldPersistHeaders: false,
  isHeadersEditorEnabled: false,
  title: 'Tocsin',
  defaultQuery: 'query Who {\\n  viewer { organisation { name roles } permissions }\\n}\\n\\nsubscription Live {\\n  events { cursor events { sequence kind at summary } }\\n}\\n',
});
sayWho().catch((error) => (who.textContent = String(error)));
`;
