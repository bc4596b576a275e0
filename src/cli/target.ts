import type { Command } from 'commander';

import { readClientConfig } from '../app/config/client.ts';
import { DEMO_SLUGS, readDemoFile, type DemoFile } from '../server/demo-file.ts';
import { ApiClient } from './api-client.ts';
import { EXIT, Failure } from './failure.ts';

/** What the options of `withTarget` hold; each falls back to the environment. */
export interface TargetOptions {
  readonly url?: string | undefined;
  readonly key?: string | undefined;
  readonly as?: string | undefined;
  readonly folder?: string | undefined;
}

/** A hub, and the key to ask it with. */
export interface Target {
  /** Of /graphql, over HTTP. */
  readonly url: string;
  readonly wsUrl: string;
  readonly key: string;
}

/** Adds the options that say which hub is asked, and as whom. */
export function withTarget(command: Command): Command {
  return command
    .option('--url <url>', 'the hub (else TOCSIN_URL, else the trial of this folder)')
    .option('--key <key>', 'an API key (else TOCSIN_KEY, which other users of the machine do not see)')
    .option('--as <name>', `a demo organisation of the trial: ${DEMO_SLUGS.join(', ')}`)
    .option('--folder <folder>', 'where the trial keeps its demo.json (else TOCSIN_FOLDER, else .tocsin)');
}

/** The hub and the key that options and environment name. Throws Failure when they name none, or two. */
export function resolveTarget(options: TargetOptions): Target {
  const config = readClientConfig();
  if (options.as !== undefined && options.key !== undefined) throw usage('Give --key or --as, not both.');
  const folder = options.folder ?? config.folder;
  const demo = readDemoFile(folder);
  const demoKey = options.as === undefined ? null : keyOf(demo, options.as, folder);
  const asked = options.url ?? (demoKey === null ? config.url : null) ?? demo?.url;
  if (asked === undefined) throw usage('Which hub? Give --url or TOCSIN_URL, or start a trial here: npm start');
  const key = demoKey ?? options.key ?? config.key;
  if (key === null) {
    throw new Failure(
      'NO_KEY',
      'As whom? Give TOCSIN_KEY or --key, or in a trial --as vendor (or another).',
      EXIT.USAGE,
    );
  }
  return { ...addressesOf(asked), key };
}

export function clientFor(options: TargetOptions): ApiClient {
  const { url, key } = resolveTarget(options);
  return new ApiClient(url, key);
}

function keyOf(demo: DemoFile | null, name: string, folder: string): string {
  if (!demo) throw usage(`There is no trial in ${folder}: start one with npm start, or give --key.`);
  const slug = DEMO_SLUGS.find((each) => each === name);
  if (!slug) throw usage(`--as takes one of ${DEMO_SLUGS.join(', ')}.`);
  return demo.organisations[slug].apiKey;
}

/** `http://host`, `http://host/` and `http://host/graphql` are the same hub. */
function addressesOf(text: string): { url: string; wsUrl: string } {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) throw usage(`${text} is not the http(s) address of a hub.`);
  if (url.pathname === '/') url.pathname = '/graphql';
  const ws = new URL(url);
  ws.protocol = url.protocol.replace('http', 'ws');
  return { url: url.href, wsUrl: ws.href };
}

const usage = (message: string): Failure => new Failure('USAGE', message, EXIT.USAGE);
