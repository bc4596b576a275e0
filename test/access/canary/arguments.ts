import { randomUUID } from 'node:crypto';

import { isEnumType, isInputObjectType, isListType, isNonNullType, type GraphQLInputType } from 'graphql';

import type { Dice } from './dice.ts';

/** What arguments are drawn from. */
export interface Pool {
  /** Global ids that the asker was shown. */
  readonly mine: readonly string[];
  /** Global ids of rows that the asker may not read. */
  readonly theirs: readonly string[];
  /** Ids that no row has, and what is no id. */
  readonly unknown: readonly string[];
  /** What others wrote; never in a mutation, whose answers may rightly hold what was sent before. */
  readonly written: readonly string[];
  /** Idempotency keys that others used. */
  readonly keys: readonly string[];
}

export type IdsOf = 'anybody' | 'others';

const WORDS = [
  ...['shared.example', 'www.shared.example', 'fresh.example', '192.0.2.7', '2001:db8::7', 'https://shared.example/a'],
  ...['', 'a text', "' OR true --", '{{7*7}}', '../../etc/passwd', 'x'.repeat(300), 'ünïcödé \u202e', '%00', 'DOMAIN'],
] as const;
const CURSORS = ['1.0', '1.1', '1.3', '1.999999', '2.1', '', 'no cursor', 'eyJhIjoxfQ'] as const;
const NUMBERS = [0, 1, 2, 3, 7, 30, 100, 101, -1, 2_147_483_647] as const;
const DAY = 24 * 3600 * 1000;

/** A value of any input type of the schema; valid by the schema, not always by the hub's own rules. */
export function valueOf(type: GraphQLInputType, name: string, dice: Dice, pool: Pool, ids: IdsOf): unknown {
  if (isNonNullType(type)) return valueOf(type.ofType, name, dice, pool, ids);
  if (isListType(type)) {
    const length = dice.pick([1, 1, 1, 2, 0]);
    return Array.from({ length }, () => valueOf(type.ofType, name, dice, pool, ids));
  }
  if (isEnumType(type)) return dice.pick(type.getValues()).name;
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).filter((field) => isNonNullType(field.type) || dice.chance(30));
    return Object.fromEntries(fields.map((field) => [field.name, valueOf(field.type, field.name, dice, pool, ids)]));
  }
  return scalarOf(type.name, name, dice, pool, ids);
}

function scalarOf(type: string, name: string, dice: Dice, pool: Pool, ids: IdsOf): unknown {
  switch (type) {
    case 'ID':
      if (ids === 'others') return dice.pick(pool.theirs);
      return dice.pick(dice.pick([pool.mine, pool.mine, pool.mine, pool.theirs, pool.unknown]));
    case 'String':
      return textOf(name, dice, pool);
    case 'Int':
      return dice.pick(NUMBERS);
    case 'Float':
      return dice.pick(NUMBERS) / 2;
    case 'Boolean':
      return dice.chance(50);
    case 'DateTime':
      return new Date(Date.now() + dice.pick([-40, -1, 1, 5, 400]) * DAY).toISOString();
    case 'JSONObject':
      return dice.pick([{}, { a: 1 }]);
    default:
      throw new Error(`No values of the scalar ${type} are known here: add some.`);
  }
}

function textOf(name: string, dice: Dice, { written, keys }: Pool): string {
  if (name === 'idempotencyKey') return keys.length === 0 || dice.chance(90) ? randomUUID() : dice.pick(keys);
  if (/after|cursor/i.test(name)) return dice.pick(CURSORS);
  return dice.pick(written.length > 0 && dice.chance(30) ? written : WORDS);
}
