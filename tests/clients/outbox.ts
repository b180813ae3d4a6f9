import { readdir, readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { join } from 'node:path';

/** Waits for a mail to `address` that holds a token of this kind, and returns the token. */
export async function tokenFor(address: string, kind: string): Promise<string> {
  const folder = process.env['OUTBOX'] ?? '';
  for (let tick = 0; tick < 600; tick++) {
    const names: string[] = await readdir(folder).catch(() => []);
    // A mail that is being written has another ending.
    for (const name of names.filter((name) => name.endsWith('.eml'))) {
      const mail = (await readFile(join(folder, name), 'utf8')).replaceAll('=\r\n', '').replaceAll('=3D', '=');
      const token = mail.match(new RegExp(`#token=(${kind}[A-Za-z0-9_-]{43})`))?.[1];
      if (token !== undefined && mail.includes(address)) return token;
    }
    await setTimeout(100);
  }
  throw new Error(`no mail to ${address}`);
}
