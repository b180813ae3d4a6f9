import assert from 'node:assert/strict';
import { test } from 'node:test';

import { client } from './generated/hey-api/client.gen.js';
import { acceptInvitation, invite, listRoles, logIn, meInOrganization, signUp } from './generated/hey-api/index.js';
import { tokenFor } from './outbox.js';

client.setConfig({ baseUrl: process.env['API_URL'] ?? '' });

const password = 'correct horse battery';

async function newcomer(name: string) {
  const email = `${name}.hey-api@example.com`;
  const created = await signUp({ body: { email, password, first_name: name }, throwOnError: true });
  const login = await logIn({ body: { email, password }, throwOnError: true });
  assert.ok('organization' in created.data);
  return { email, org: created.data.organization.id, auth: login.data.access_token };
}

test('an invited person becomes a member', async () => {
  const [ada, bob] = [await newcomer('ada'), await newcomer('bob')];
  const query = { org_id: ada.org };
  const roles = await listRoles({ query, auth: ada.auth, throwOnError: true });
  const role = roles.data.find((role) => role.name === 'member');
  assert.ok(role);

  const body = { email: bob.email, role_id: role.id };
  const invited = await invite({ query, body, auth: ada.auth, throwOnError: true });
  assert.equal(invited.data.status, 'pending');
  const token = await tokenFor(bob.email, 'inv_');
  const joined = await acceptInvitation({ body: { token }, auth: bob.auth, throwOnError: true });
  assert.equal(joined.data.role?.name, 'member');

  const alone = await meInOrganization({ auth: bob.auth, throwOnError: true });
  assert.equal(alone.data.org_id, undefined);
  const me = await meInOrganization({ query, auth: bob.auth, throwOnError: true });
  assert.ok(me.data.org_id);
  assert.equal(me.data.role, 'member');
  assert.ok(me.data.permissions.includes('kb:read'));

  const again = await acceptInvitation({ body: { token }, auth: bob.auth });
  assert.ok(again.error && again.response?.status === 409);
  assert.equal(again.error.code, 'invitation_used');
});
