// Each finding shows with the library alone: its program exits 0.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const FOLDER = fileURLToPath(new URL('../findings/', import.meta.url));
const programs = readdirSync(FOLDER).filter((file) => file.endsWith('.mjs') && !file.endsWith('-parties.mjs'));

test('there are findings', () => assert.ok(programs.length > 0));

for (const file of programs) {
  test(`${file} shows what it says`, async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: FOLDER });
    assert.notEqual(stdout, '');
  });
}
