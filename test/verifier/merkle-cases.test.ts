import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from 'vitest';

import { verifyConsistency, verifyInclusion } from '../../src/verifier/proof.ts';
import { leafHash, rootOf } from '../../src/verifier/tree.ts';

// Cases with which the verifiers of other logs are tested. They are not part of the project.
const SHARED = process.env.TOCSIN_SHARED ?? new URL('../../../shared', import.meta.url).pathname;
const FOLDER = path.join(SHARED, 'data/merkle');
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'base64'));

interface Case {
  readonly case: string;
  readonly proof: readonly string[] | null;
  readonly wantErr: boolean;
}
interface Inclusion extends Case {
  readonly leafIdx: number;
  readonly treeSize: number;
  readonly root: string;
  readonly leafHash: string;
}
interface Consistency extends Case {
  readonly size1: number;
  readonly size2: number;
  readonly root1: string;
  readonly root2: string;
}

const casesIn = <Kind extends Case>(file: string): Kind[] =>
  existsSync(FOLDER) ? (JSON.parse(readFileSync(path.join(FOLDER, file), 'utf8')) as Kind[]) : [];

describe.skipIf(!existsSync(FOLDER))('the cases of other logs', () => {
  test('are 92', () => {
    expect(casesIn('inclusion.json').length + casesIn('consistency.json').length).toBe(92);
  });

  test.each(casesIn<Inclusion>('inclusion.json'))('$case', ({ leafIdx, treeSize, root, leafHash, proof, wantErr }) => {
    const tree = { size: treeSize, root: bytes(root) };
    expect(verifyInclusion(bytes(leafHash), leafIdx, tree, (proof ?? []).map(bytes))).toBe(!wantErr);
  });

  test.each(casesIn<Consistency>('consistency.json'))('$case', ({ size1, size2, root1, root2, proof, wantErr }) => {
    const [first, second] = [
      { size: size1, root: bytes(root1) },
      { size: size2, root: bytes(root2) },
    ];
    expect(verifyConsistency(first, second, (proof ?? []).map(bytes))).toBe(!wantErr);
  });

  test('have the same roots', () => {
    const file = path.join(FOLDER, 'rfc6962-tree.json');
    const tree = JSON.parse(readFileSync(file, 'utf8')) as Record<
      'leaf_inputs_hex' | 'root_hashes_hex_by_tree_size',
      string[]
    >;
    const leaves = tree.leaf_inputs_hex.map((text) => leafHash(Buffer.from(text, 'hex')));
    const roots = tree.root_hashes_hex_by_tree_size.map((_, size) =>
      Buffer.from(rootOf(leaves.slice(0, size))).toString('hex'),
    );
    expect(roots).toEqual(tree.root_hashes_hex_by_tree_size);
  });
});
