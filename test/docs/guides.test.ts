import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { silentLog } from '../../src/platform/log.ts';
import type { LocalHub } from '../../src/server/folder-hub.ts';
import { startLocalHub } from '../../src/server/local-hub.ts';
import { build } from '../cli/built-cli.ts';
import { ROOT, fences } from './documents.ts';

const START = 'npm ci && npm start';

let place: string;
let local: LocalHub;

beforeAll(build, 180_000);
// One hub for all of them, one after the other: a reader of one guide may have read another before.
beforeAll(async () => {
  // A folder that looks like the repository and keeps what the guides write apart from it.
  place = fs.mkdtempSync(path.join(os.tmpdir(), 'tocsin-guide-'));
  for (const name of ['bin', 'dist', 'examples', 'node_modules', 'package.json', 'schema']) {
    fs.symlinkSync(path.join(ROOT, name), path.join(place, name));
  }
  // What `npm start` brings up, in this process.
  local = await startLocalHub({ folder: path.join(place, '.tocsin'), mode: 'TRIAL', port: 0, log: silentLog });
}, 60_000);
afterAll(async () => {
  await local.stop();
  fs.rmSync(place, { recursive: true });
});

/** A part of a block: commands, and what stands after them in "# prints". */
interface Part {
  readonly commands: string;
  readonly prints: string | null;
}

function partsOf(block: string): Part[] {
  const [...lines] = block.trimEnd().split('\n');
  const parts: Part[] = [];
  let commands: string[] = [];
  for (const line of lines) {
    const [, prints] = /^# prints (.+)$/.exec(line) ?? [];
    if (prints === undefined) commands.push(line);
    else {
      parts.push({ commands: commands.join('\n'), prints });
      commands = [];
    }
  }
  return commands.length === 0 ? parts : [...parts, { commands: commands.join('\n'), prints: null }];
}

/** One shell for the whole guide, as a reader has it: what a block sets, the next one knows. */
class Shell {
  private readonly bash = spawn('bash', ['--noprofile', '--norc'], {
    cwd: place,
    env: { PATH: `${path.join(ROOT, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`, HOME: place, NO_COLOR: '1' },
  });
  private readonly ended = new Promise<string>((resolve) => this.bash.once('exit', () => resolve('the shell ended')));
  private count = 0;

  /** What the commands print, and their exit code: that of the last one, or of the first that failed. */
  async run(commands: string): Promise<{ output: string; exit: number }> {
    const mark = `--- end ${this.count++} `;
    let output = '';
    const marked = new Promise<void>((resolve) => {
      const read = (chunk: Buffer) => {
        output += String(chunk);
        if (new RegExp(`${mark}\\d+ `).test(output)) resolve();
      };
      this.bash.stdout.on('data', read);
      this.bash.stderr.on('data', read);
    });
    this.bash.stdin.write(
      `set -e -o pipefail\ntrap 'echo "${mark}$? "' EXIT\n${commands}\nset +e\ntrap - EXIT\necho "${mark}0 "\n`,
    );
    await Promise.race([marked, this.ended]);
    const [, exit = '-1'] = new RegExp(`${mark}(\\d+) `).exec(output) ?? [];
    return { output: output.replace(new RegExp(`${mark}.*`, 's'), ''), exit: Number(exit) };
  }

  end(): void {
    this.bash.stdin.end();
  }
}

describe.each(['vendor', 'cert', 'provider'])('docs/guides/%s.md', (name) => {
  const blocks = fences.filter(({ file, language }) => file === `docs/guides/${name}.md` && language === 'sh');

  it('leads from two commands to the first useful thing, every command of it as it stands', async () => {
    expect(blocks[0]?.text.trim()).toBe(START);
    const shell = new Shell();
    let promised = 0;
    for (const { commands, prints } of blocks.slice(1).flatMap(({ text }) => partsOf(text))) {
      const { output, exit } = await shell.run(commands);
      expect({ commands, exit, output }).toMatchObject({ exit: 0 });
      if (prints === null) continue;
      promised += 1;
      expect(output).toContain(prints);
    }
    shell.end();
    expect(promised).toBeGreaterThan(3);
  }, 120_000);
});
