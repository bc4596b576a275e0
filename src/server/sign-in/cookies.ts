/** A cookie as this hub sets it: for itself alone, unreadable for scripts, not sent along by other sites' forms. */
export class Cookie {
  readonly name: string;

  /**
   * `__Host-` (RFC 6265bis 4.1.3.2) keeps neighbours under the same domain from setting it. Browsers take such names over
   * TLS only, so a trial, which speaks plain HTTP to this machine alone, has a name without.
   */
  constructor(
    base: string,
    private readonly secure: boolean,
  ) {
    this.name = secure ? `__Host-${base}` : `${base}-trial`;
  }

  set(value: string, seconds: number): string {
    const flags = `Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${this.secure ? '; Secure' : ''}`;
    return `${this.name}=${value}; ${flags}`;
  }

  clear(): string {
    return this.set('', 0);
  }

  /** Its value in a `Cookie` header. Null: not there, or there twice, which only somebody else can have brought about. */
  read(header: string | undefined): string | null {
    const values = (header ?? '')
      .split(';')
      .map((pair) => pair.trim())
      .filter((pair) => pair.startsWith(`${this.name}=`))
      .map((pair) => pair.slice(this.name.length + 1));
    const [only, ...others] = values;
    return only !== undefined && only !== '' && others.length === 0 ? only : null;
  }
}
