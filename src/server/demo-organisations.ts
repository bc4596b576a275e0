import type { App } from '../app/create-app.ts';
import { appendOne, theHub } from '../ledger/append.ts';
import { draft } from '../ledger/fact.ts';
import { newId, newKey, rowIdOf, sha256, toGlobalId } from '../platform/ids.ts';
import { permissionsOf, type Role } from '../platform/viewer.ts';
import { ClientCreated } from '../tenancy/organisation.facts.ts';
import { OrganisationService } from '../tenancy/organisation.service.ts';
import type { DemoFile, DemoOrganisation, DemoSlug } from './demo-file.ts';

type Organisations = DemoFile['organisations'];

/** The demo's cast; all of it invented. */
const CAST: Readonly<Record<DemoSlug, { name: string; role: Role }>> = {
  vendor: { name: 'Velmora Research (velmora.example)', role: 'VENDOR' },
  vendor2: { name: 'Quandril Labs (quandril.example)', role: 'VENDOR' },
  cert: { name: 'CERT Northmark (cert.northmark.example)', role: 'CERT' },
  cert2: { name: 'CERT Eastmere (cert.eastmere.example)', role: 'CERT' },
  registrar: { name: 'Registelle Names (registelle.example)', role: 'PROVIDER' },
  reseller: { name: 'Webbarrow Domains (webbarrow.example)', role: 'PROVIDER' },
  host: { name: 'Hostavia (hostavia.example)', role: 'PROVIDER' },
  mailProvider: { name: 'Postilune Mail (postilune.example)', role: 'PROVIDER' },
  authority: { name: 'Northmark Cyber Office (cyber.northmark.example)', role: 'AUTHORITY' },
  operator: { name: 'Operator of this trial (operator.example)', role: 'OPERATOR' },
};

/** A trial asks itself. */
const HERE = '127.0.0.1';

/** Provides the demo organisations of a trial, each once however often it starts, with keys that are known and work. */
export async function provideDemo(app: App, known: DemoFile | null): Promise<Organisations> {
  const service = new OrganisationService(app.work, app.clock);
  const found = { known, there: await findOrganisations(app) };
  const operator = await provide(app, 'operator', found, async ({ name }) => service.createFirstOperator(name));
  const create = async (slug: DemoSlug, coordinator: string | null = null): Promise<DemoOrganisation> =>
    provide(app, slug, found, async ({ name, role }) => {
      const viewer = await app.authenticator.viewerOf(`Bearer ${operator.apiKey}`, HERE);
      if (!viewer) throw new Error('The operator of the trial is not known by its key.');
      return service.create(viewer, { name, roles: [role], coordinator });
    });
  const cert = await create('cert');
  return {
    vendor: await create('vendor', cert.id),
    vendor2: await create('vendor2', cert.id),
    cert,
    cert2: await create('cert2'),
    registrar: await create('registrar'),
    reseller: await create('reseller'),
    host: await create('host'),
    mailProvider: await create('mailProvider'),
    authority: await create('authority'),
    operator,
  };
}

interface Found {
  readonly known: DemoFile | null;
  /** By their names. */
  readonly there: ReadonlyMap<string, Standing>;
}

async function provide(
  app: App,
  slug: DemoSlug,
  found: Found,
  create: (part: { name: string; role: Role }) => Promise<{ organisationId: string; key: string }>,
): Promise<DemoOrganisation> {
  const part = CAST[slug];
  const roles = [part.role];
  const kept = found.known?.organisations[slug];
  const there = found.there.get(part.name);
  if (!there) {
    const { organisationId, key } = await create(part);
    return { id: toGlobalId('Organisation', organisationId), name: part.name, roles, apiKey: key };
  }
  if (kept && (await stillGood(app, kept, there))) return kept;
  const apiKey = await issueKey(app, there.id, roles);
  return { id: toGlobalId('Organisation', there.id), name: part.name, roles, apiKey };
}

interface Standing {
  readonly id: string;
  readonly state: string;
}

/** The oldest of each name: the trial's own, whatever was registered by hand later. */
async function findOrganisations(app: App): Promise<ReadonlyMap<string, Standing>> {
  const rows = await app.work.asSystem((tx) =>
    tx.query<Standing & { name: string }>(
      'SELECT DISTINCT ON (name) name, id, state FROM organisation WHERE name = ANY ($1) ORDER BY name, id',
      [Object.values(CAST).map(({ name }) => name)],
    ),
  );
  return new Map(rows.map((row) => [row.name, row]));
}

/** A key of a suspended organisation opens nothing, and a new one would not either. */
async function stillGood(app: App, { id, apiKey }: DemoOrganisation, there: Standing): Promise<boolean> {
  if (rowIdOf('Organisation', id) !== there.id) return false;
  if (there.state !== 'ACTIVE') return true;
  return (await app.authenticator.viewerOf(`Bearer ${apiKey}`, HERE))?.organisationId === there.id;
}

/** By the hub itself, and said so in the organisation's feed: its demo.json was lost, or its key revoked. */
function issueKey(app: App, organisationId: string, roles: readonly Role[]): Promise<string> {
  return app.work.asSystem(async (tx) => {
    const key = newKey();
    const clientId = newId();
    const name = 'demo key';
    await tx.query(
      'INSERT INTO client (id, organisation_id, name, permissions, key_hash) VALUES ($1, $2, $3, $4, $5)',
      [clientId, organisationId, name, permissionsOf(roles), sha256(key)],
    );
    await appendOne(tx, theHub(app.clock.now()), draft(ClientCreated, [{ id: organisationId, clientId, name }]));
    return key;
  });
}
