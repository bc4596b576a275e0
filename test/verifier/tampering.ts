import type { Place } from '../../src/verifier/fault.ts';

/** A thing somebody did to a proof, and what a verifier must say of it. */
export interface Tampering<Proof> {
  readonly title: string;
  readonly change: (proof: Proof) => Proof;
  readonly fault: Place & { readonly fault: string };
}

/** A text in base64 whose bytes differ in one bit. */
export function flipped(text: unknown, at = 5): string {
  const bytes = Buffer.from(String(text), 'base64');
  bytes.writeUInt8(bytes.readUInt8(at) ^ 0x01, at);
  return bytes.toString('base64');
}

export const swap = <Value>(all: readonly Value[], one: number, other: number): Value[] =>
  all.map((each, index) => all[index === one ? other : index === other ? one : index] ?? each);
export const without = <Value>(all: readonly Value[], at: number): Value[] => all.filter((_, index) => index !== at);
