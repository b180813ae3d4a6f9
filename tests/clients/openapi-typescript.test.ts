import assert from 'node:assert/strict';
import { test } from 'node:test';

import createClient from 'openapi-fetch';

import type { components, paths } from './generated/openapi-typescript.js';

const api = createClient<paths>({ baseUrl: process.env['API_URL'] ?? '' });

test('a person signs up, logs in and is refused by name', async () => {
  const credentials = { email: 'ada.openapi-typescript@example.com', password: 'correct horse battery' };
  const created = await api.POST('/auth/signup', { body: { ...credentials, first_name: 'Ada' } });
  assert.ok(created.data && 'id' in created.data);
  const login = await api.POST('/auth/login', { body: credentials });
  assert.ok(login.data);
  const headers = { Authorization: `Bearer ${login.data.access_token}` };

  const page = await api.GET('/organizations', { headers, params: { query: { limit: 1 } } });
  const org: components['schemas']['OrganizationWithRoleDto'] | undefined = page.data?.items[0];
  assert.equal(org?.role.name, 'owner');

  const refused = await api.GET('/platform/users', { headers });
  assert.equal(refused.error?.code, 'platform_admin_required');
});
