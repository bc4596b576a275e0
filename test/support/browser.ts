/** What a browser does of itself: it keeps cookies for each place, and follows where it is sent. */
export class Browser {
  private readonly jars = new Map<string, Map<string, string>>();
  /** Every address it was at, the last one last. */
  readonly visited: URL[] = [];

  /** The cookies that go to a place. Ports part them here as they do not in a browser: the provider is another machine. */
  cookiesFor(url: string | URL): string {
    const jar = this.jars.get(new URL(url).host);
    return [...(jar ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  cookie(url: string | URL, name: string): string | undefined {
    return this.jars.get(new URL(url).host)?.get(name);
  }

  put(url: string | URL, name: string, value: string): void {
    this.jarOf(new URL(url)).set(name, value);
  }

  /** One request, and no further. */
  async request(address: string | URL, init: RequestInit = {}): Promise<Response> {
    const url = new URL(address);
    const cookie = this.cookiesFor(url);
    const headers = { ...(cookie && { cookie }), ...(init.headers as Record<string, string> | undefined) };
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    this.visited.push(url);
    for (const line of response.headers.getSetCookie()) this.keep(url, line);
    return response;
  }

  /** Until it is nowhere sent on, or until `stop` says that the next address is not to be asked. */
  async goes(
    address: string | URL,
    { init = {}, stop = () => false }: { init?: RequestInit; stop?: (next: URL) => boolean } = {},
  ): Promise<Response> {
    let [url, response] = [new URL(address), await this.request(address, init)];
    for (let next = response.headers.get('location'); next !== null; next = response.headers.get('location')) {
      url = new URL(next, url);
      if (stop(url)) {
        this.visited.push(url);
        return response;
      }
      response = await this.request(url);
    }
    return response;
  }

  private keep(url: URL, line: string): void {
    const [pair = '', ...flags] = line.split(';');
    const [name = '', value = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
    const ended = value === '' || flags.some((flag) => /^ *max-age=0$/i.test(flag));
    if (ended) this.jarOf(url).delete(name);
    else this.jarOf(url).set(name, value);
  }

  private jarOf({ host }: URL): Map<string, string> {
    const jar = this.jars.get(host) ?? new Map<string, string>();
    this.jars.set(host, jar);
    return jar;
  }
}
