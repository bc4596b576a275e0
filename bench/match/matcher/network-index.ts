import { emptyPrefix, readPrefix, type Prefix } from './prefix.ts';
import { PrefixTrie } from './prefix-trie.ts';

/** Networks of both families as they are written, each with a number other than 0. Every method: RangeError for what is no address or network. */
export class NetworkIndex {
  private readonly v4 = new PrefixTrie(1);
  private readonly v6 = new PrefixTrie(4);
  private readonly prefix: Prefix = emptyPrefix();

  get(network: string): number {
    return this.trieOf(network).get(this.prefix);
  }

  set(network: string, value: number): void {
    this.trieOf(network).set(this.prefix, value);
  }

  delete(network: string): void {
    this.trieOf(network).delete(this.prefix);
  }

  /** Adds the numbers of all networks around an address or a network, itself among them. */
  collect(network: string, into: number[]): void {
    this.trieOf(network).collect(this.prefix, into);
  }

  get bytes(): number {
    return this.v4.bytes + this.v6.bytes;
  }

  private trieOf(network: string): PrefixTrie {
    readPrefix(network, this.prefix);
    return this.prefix.isV6 ? this.v6 : this.v4;
  }
}
