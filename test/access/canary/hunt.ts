import { randomUUID } from 'node:crypto';

import { OperationTypeNode, type GraphQLSchema } from 'graphql';

import { fromGlobalId } from '../../../src/platform/ids.ts';
import { ask, type Answer } from '../../support/api.ts';
import type { World } from '../../support/world.ts';
import { askOverSocket } from '../answers.ts';
import { unknownLike } from '../thread.ts';
import type { Pool } from './arguments.ts';
import type { Circles, Driver } from './circles.ts';
import type { Dice } from './dice.ts';
import { drawOperation, type Drawn } from './draw.ts';
import { surfacesOf } from './surfaces.ts';
import { canariesIn, unwrapped } from './words.ts';

/**
 * Something that came to an asker and should not have, an answer that tells what is not there from what is not its own,
 * or one that is a fault of the hub.
 */
export interface Hit {
  readonly what: 'word' | 'id' | 'difference' | 'fault';
  readonly where: string;
  readonly found: readonly string[];
}

export interface Tally {
  operations: number;
  /** Answered with data. */
  answered: number;
  compared: number;
  readonly fields: Set<string>;
  readonly hits: Hit[];
}

type Got = Pick<Answer, 'data' | 'errors'>;

const OPAQUE = /[\w-]{30,}/g;
const MOST_IDS = 400;
/** Between two looks at everything else that A can reach; and while B goes on. */
const ROUND = 100;
/** Of a line of the log: another one for each fault. */
const REFERENCE = /Reference: [\w-]+/;
const LISTENS_MS = 200;

/** Drives random operations as A, and looks for what is not A's in all that comes back. */
export class Hunt {
  readonly tally: Tally = { operations: 0, answered: 0, compared: 0, fields: new Set(), hits: [] };
  private readonly mine = new Map<Driver, Set<string>>();
  private readonly theirs = new Map<Driver, readonly string[]>();
  private readonly used = new Map<Driver, Set<string>>();
  private written: readonly string[] = [];

  private constructor(
    private readonly world: World,
    private readonly circles: Circles,
    /** Lines of the hub's log, as they come. */
    private readonly lines: readonly string[],
  ) {}

  static async of(world: World, circles: Circles, lines: readonly string[]): Promise<Hunt> {
    const hunt = new Hunt(world, circles, lines);
    await hunt.learn();
    return hunt;
  }

  private get schema(): GraphQLSchema {
    return this.world.hub.app.schema;
  }

  /** Who heard of what: whoever may read a row hears its entries, so that what A never heard of is not A's. */
  private async learn(): Promise<void> {
    const { drivers, others } = this.circles;
    const heard = async (party: Driver['party']) => new Set((await party.events()).flatMap(({ subjects }) => subjects));
    const foreign = new Set<string>();
    const texts: string[] = [];
    for (const other of others) {
      for (const id of await heard(other)) foreign.add(id);
      texts.push(JSON.stringify(await other.events()), (await surfacesOf(other)).join());
    }
    this.written = canariesIn(texts.join(), ['b', 'r', 'c']);
    for (const driver of drivers) {
      const own = await heard(driver.party);
      this.mine.set(driver, own);
      this.theirs.set(
        driver,
        [...foreign].filter((id) => !own.has(id) && !driver.knows.includes(id) && !isListed(id, others)),
      );
    }
  }

  async step(dice: Dice): Promise<void> {
    const { tally } = this;
    const driver = dice.pick(this.circles.drivers);
    const drawn = drawOperation(this.schema, dice, this.poolOf(driver));
    this.uses(driver, drawn);
    const overSocket = drawn.type === OperationTypeNode.SUBSCRIPTION || dice.chance(15);
    const got = await this.asks(driver, drawn, overSocket);
    tally.operations += 1;
    if (got.data !== null) tally.answered += 1;
    tally.fields.add(drawn.field);
    this.look(driver, drawn, JSON.stringify(got));
    for (const { extensions } of got.errors) {
      const { code, reference } = extensions as { code: string; reference?: string };
      if (code === 'INTERNAL_SERVER_ERROR') this.note('fault', whereOf(driver, drawn), [this.lineOf(reference ?? '')]);
    }
    if (drawn.ids === 'others' && (await this.compares(driver, drawn, got, overSocket))) tally.compared += 1;
    if (tally.operations % ROUND === 0) await this.round();
  }

  /** Everything that A can reach otherwise, and the log, which nobody's words belong in; then B goes on. */
  async round(): Promise<void> {
    await this.world.settled();
    for (const { party, forbidden } of this.circles.drivers) {
      const reached = [JSON.stringify(await party.events()), ...(await surfacesOf(party))].join('\n');
      this.note('word', `what ${party.name} can reach`, canariesIn(reached, forbidden));
    }
    this.note('word', 'the log', canariesIn(this.lines.join('\n'), ['b', 'r', 'c']));
    await this.circles.stir();
  }

  private poolOf(driver: Driver): Pool {
    const theirs = this.theirs.get(driver) ?? [];
    const unknown = [...theirs.slice(0, 20).map(unknownLike), '', 'no id', 'x'.repeat(300), 'T3JnYW5pc2F0aW9uOjE'];
    const mine = [...(this.mine.get(driver) ?? [])];
    const used = this.used.get(driver);
    const keys = this.circles.keys.filter((key) => !used?.has(key));
    return { mine, theirs, unknown, written: this.written, keys };
  }

  /** A key of others is the asker's own once it has used it: each is tried once. */
  private uses(driver: Driver, { variables }: Drawn): void {
    const sent = JSON.stringify(variables);
    const used = this.used.get(driver) ?? new Set();
    this.used.set(driver, used);
    for (const key of this.circles.keys) if (sent.includes(JSON.stringify(key))) used.add(key);
  }

  private asks({ party }: Driver, { type, document, variables }: Drawn, overSocket: boolean): Promise<Got> {
    const { url, wsUrl } = this.world.hub;
    if (!overSocket) return ask(url, party.key, document, variables);
    const within = type === OperationTypeNode.SUBSCRIPTION ? LISTENS_MS : undefined;
    return askOverSocket(wsUrl, party.key, document, variables, within);
  }

  private look(driver: Driver, drawn: Drawn, answer: string): void {
    const sent = unwrapped(JSON.stringify(drawn.variables));
    const where = whereOf(driver, drawn);
    const around = (text: string): string => `${text} in ${excerptOf(answer, text)}`;
    this.note('word', where, canariesIn(answer, driver.forbidden, sent).map(around));
    const shown = new Set(answer.match(OPAQUE));
    this.note(
      'id',
      where,
      (this.theirs.get(driver) ?? [])
        .filter((id) => shown.has(id) && !sent.includes(id))
        .map((id) => `${Buffer.from(id, 'base64url').toString()}, ${around(id)}`),
    );
    const mine = this.mine.get(driver);
    for (const id of shown) if (mine && mine.size < MOST_IDS && fromGlobalId(id) && !sent.includes(id)) mine.add(id);
  }

  /** Asks the same about rows that are not there: what is said must be the same. False where nothing was asked about. */
  private async compares(driver: Driver, drawn: Drawn, got: Got, overSocket: boolean): Promise<boolean> {
    const asked = JSON.stringify(drawn.variables);
    const foreign = (this.theirs.get(driver) ?? []).filter((id) => asked.includes(JSON.stringify(id)));
    if (foreign.length === 0) return false;
    const variables = JSON.parse(
      foreign
        .reduce((text, id) => text.replaceAll(JSON.stringify(id), JSON.stringify(unknownLike(id))), asked)
        .replaceAll(/"idempotencyKey":"[^"]*"/g, () => `"idempotencyKey":"${randomUUID()}"`),
    ) as Drawn['variables'];
    const unknown = await this.asks(driver, { ...drawn, variables }, overSocket);
    const [one, other] = [said(got), said(unknown)];
    if (one !== other) {
      this.note('difference', whereOf(driver, drawn), [one, other]);
    }
    return true;
  }

  /** What the log says of a fault. */
  private lineOf(reference: string): string {
    return this.lines.find((line) => line.includes(reference)) ?? 'a fault without a line in the log';
  }

  private note(what: Hit['what'], where: string, found: readonly string[]): void {
    if (found.length > 0) this.tally.hits.push({ what, where, found });
  }
}

const whereOf = ({ party }: Driver, { document, variables }: Drawn): string =>
  `${party.name} asked ${document} with ${JSON.stringify(variables)}`;

/** What stands around a text in an answer; the text may be wrapped in something else, then it is the beginning. */
const excerptOf = (answer: string, text: string): string => {
  const at = Math.max(answer.indexOf(text), 0);
  return answer.slice(Math.max(at - 300, 0), at + 300);
};

/** CERTs are listed for everybody, by id and name. */
const isListed = (id: string, others: Circles['others']): boolean =>
  others.some((other) => other.id === id && other.name.startsWith('CERT '));

/** Codes and words of every refusal in an answer, and which of its parts are empty. */
function said({ data, errors }: Got): string {
  const parts: unknown[] = errors.map(({ message, extensions }) => [message.replace(REFERENCE, ''), extensions.code]);
  const walk = (value: unknown): void => {
    if (value === null) parts.push(null);
    else if (Array.isArray(value)) value.forEach(walk);
    else if (typeof value === 'object') {
      const { code, message } = value as { code?: unknown; message?: unknown };
      if (code !== undefined || message !== undefined) parts.push([code, message]);
      Object.values(value).forEach(walk);
    }
  };
  walk(data);
  return JSON.stringify(parts);
}
