/** One thing that keeps tenants apart, taken away. */
export interface Mutant {
  readonly name: string;
  /** Takes it away, asks what a test asks, puts it back; whether the difference was noticed. */
  readonly killed: () => Promise<boolean>;
}
