/** The order in which data flows; src/README.md says what each is for. A folder imports only from folders before it. */
const FOLDERS = [
  'platform',
  'observable',
  'formats',
  'verifier',
  'ledger',
  'tenancy',
  'feed',
  'guard',
  'intake',
  'triage',
  'routing',
  'liveness',
  'referral',
  'correction',
  'desk',
  'rules',
  'delivery',
  'publication',
  'exchange',
  'peering',
  'insight',
  'retention',
  'app',
  'server',
  'worker',
  'cli',
];

/** Inside a folder a file imports only from kinds before its own, or from its own. The bare noun is pure rules. */
const KINDS = [
  '',
  '.states',
  '.entity',
  '.type',
  '.inputs',
  '.policy',
  '.facts',
  '.queries',
  '.service',
  '.flow',
  '.resolver',
];

/** Plumbing and entry points: their bare nouns do what their names say, with whatever it takes. */
const PLUMBING = '(platform|ledger|app|server|worker|cli)';

const ofKind = (...kinds) => `[^/.]+(${kinds.map((kind) => kind.replace('.', '\\.')).join('|')})\\.ts$`;
const forbid = (name, comment, from, to) => ({ name, severity: 'error', comment, from, to });

/** Node's own modules stand without their `node:`. */
const NETWORK_AND_FILES =
  '^(node:)?(child_process|cluster|dgram|dns|fs|http|http2|https|net|tls|worker_threads)(/promises)?$';

export default {
  forbidden: [
    forbid('no-cycles', 'What imports in a circle can only be read all at once.', {}, { circular: true }),
    forbid('unresolved', 'Nothing is there under this name.', {}, { couldNotResolve: true }),
    ...FOLDERS.slice(0, -1).map((folder, index) =>
      forbid(
        `${folder}-looks-downstream`,
        'Downstream extends upstream: put the field, the reaction or the query in the later folder.',
        { path: `^src/${folder}/` },
        { path: `^src/(${FOLDERS.slice(index + 1).join('|')})/` },
      ),
    ),
    forbid('no-such-folder', 'Give it a place in the order.', {}, { path: `^src/(?!(${FOLDERS.join('|')})/)` }),
    ...KINDS.slice(0, -1).map((kind, index) =>
      forbid(
        `${kind.slice(1) || 'noun'}-looks-up`,
        `Inside a folder: ${KINDS.map((each) => each || 'noun').join(' < ')}.`,
        { path: `^src/([^/]+)/${ofKind(kind)}` },
        { path: `^src/$1/${ofKind(...KINDS.slice(index + 1))}` },
      ),
    ),
    forbid(
      'private-kind',
      'Inputs, policies, queries and resolvers are their own folder’s; what others need is a type, a service or a flow.',
      { path: '^src/(?!app/)([^/]+)/' },
      { path: `^src/[^/]+/${ofKind('.inputs', '.policy', '.queries', '.resolver')}`, pathNot: '^src/$1/' },
    ),
    forbid(
      'impure-noun',
      'A bare noun holds rules that a table of cases can test: no database, no GraphQL, no files, no network.',
      { path: `^src/(?!${PLUMBING}/)[^/]+/${ofKind('', '.states')}` },
      {
        path: `node_modules/(@apollo|fastify|graphql|pg|type-graphql|typeorm|ws)/|^src/platform/(api|database)/|${NETWORK_AND_FILES}`,
      },
    ),
    forbid(
      'platform-looks-up',
      'Inside platform: words < database < api.',
      { path: '^src/platform/[^/]+$|^src/platform/database/' },
      { path: '^src/platform/api/' },
    ),
    forbid(
      'words-look-up',
      'The words of platform need no database.',
      { path: '^src/platform/[^/]+$' },
      { path: '^src/platform/database/' },
    ),
    forbid(
      'observable-is-pure',
      'Normal forms are recomputed by others to check us: lists and parsers only.',
      { path: '^src/observable/' },
      { pathNot: '^src/observable/|node_modules/(tldts|ipaddr\\.js)/|^(node:)?url$' },
    ),
    forbid(
      'verifier-stands-alone',
      'Strangers run it to check us, in a browser too.',
      { path: '^src/verifier/' },
      { pathNot: '^src/verifier/|^(node:)?crypto$' },
    ),
    forbid(
      'verifier-has-one-seam',
      'SHA-256 that answers at once is all that Web Crypto lacks: a browser puts another file in the place of sha256.ts.',
      { path: '^src/verifier/', pathNot: '^src/verifier/sha256\\.ts$' },
      { path: '^(node:)?crypto$' },
    ),
    forbid(
      'migrations-stand-alone',
      'A migration must do next year what it did today, whatever becomes of the code.',
      { path: '^migrations/' },
      { pathNot: 'node_modules/typeorm/' },
    ),
    forbid(
      'migrations-are-listed',
      'src/app/migrations.ts is the list of them.',
      { pathNot: '^src/app/' },
      { path: '^migrations/' },
    ),
    forbid(
      'examples-stand-alone',
      'Strangers copy them.',
      { path: '^examples/' },
      { path: '^(src|migrations|schema|test|bench)/' },
    ),
    forbid(
      'shipped-needs-unshipped',
      'What is built imports nothing that only the workshop has.',
      { path: '^(src|migrations)/' },
      { path: '^(test|bench|examples|schema)/' },
    ),
    forbid(
      'shipped-needs-dev-dependency',
      '`npm ci --omit=dev` must leave a hub that runs.',
      { path: '^(src|migrations)/' },
      { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: 'node_modules/@types/' },
    ),
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
