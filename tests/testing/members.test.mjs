// How a program in JavaScript tests what it does with bailiwick: each test has a service of its own.

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { json, service } from "./bailiwick.mjs";

const ACME = {
  name: "acme",
  roles: [{ name: "editor", level: 50, permissions: ["kb:*", "users:read"] }],
  members: [
    { name: "ada", role: "owner" },
    { name: "bob", role: "editor" },
    { name: "carol", role: "guest", suspended: true },
  ],
};

describe.concurrent("a service for each test", () => {
  test("people have the roles that the seed says", async () => {
    const at = await service([ACME]);
    const org = at.organizations.acme.id;
    const members = await json(await at.ask("bob", "GET", `/organizations/${org}/users`), 200);
    const roles = Object.fromEntries(members.items.map((member) => [member.email, member.role.name]));
    expect(roles).toEqual({ "ada@example.com": "owner", "bob@example.com": "editor", "carol@example.com": "guest" });
    const refused = await at.ask("bob", "POST", `/roles?org_id=${org}`, { name: "x", hierarchy_level: 1, permissions: [] });
    expect(await json(refused, 403)).toMatchObject({ code: "permission_required" });
    expect((await at.ask("carol", "GET", `/organizations/${org}/users`)).status).toBe(403);
    await at.end();
  });

  test("an access token expires when the clock is advanced", async () => {
    const at = await service([ACME]);
    await json(await at.ask("ada", "GET", "/auth/me"), 200);
    await at.advance(24 * 3600);
    await json(await at.ask("ada", "GET", "/auth/me"), 401);
    await at.end();
  });

  test("the link of a mail is followed", async () => {
    const at = await service([ACME]);
    await json(await at.ask(null, "POST", "/auth/forgot-password", { email: "bob@example.com" }), 200);
    const [mail] = await at.mail("bob@example.com");
    expect(mail).toMatchObject({ kind: "reset_password", to: "bob@example.com" });
    expect(mail.link.startsWith(`${at.base}/reset-password#token=`)).toBe(true);
    const page = await fetch(mail.link);
    expect(page.status).toBe(200);
    const changed = { token: mail.token, password: "a new and long passphrase" };
    await json(await at.ask(null, "POST", "/auth/reset-password", changed), 200);
    const login = { email: "bob@example.com", password: "a new and long passphrase" };
    await json(await at.ask(null, "POST", "/auth/login", login), 200);
    await at.end();
  });

  test("what is done in one service is not seen in another", async () => {
    const [one, other] = await Promise.all([service([ACME]), service([ACME])]);
    const path = `/organizations/${one.organizations.acme.id}/users/${one.people.bob.id}`;
    await json(await one.ask("ada", "DELETE", path), 204);
    const members = await json(await other.ask("ada", "GET", `/organizations/${other.organizations.acme.id}/users`), 200);
    expect(members.items).toHaveLength(3);
    expect((await other.ask("ada", "GET", `/organizations/${one.organizations.acme.id}/users`)).status).toBe(403);
    await Promise.all([one.end(), other.end()]);
  });

  test("a fault of a seed is named by its place", async () => {
    const wrong = { name: "acme", members: [{ name: "ada", role: "owner" }, { name: "bob", role: "king" }] };
    await expect(service([wrong])).rejects.toThrow("/organizations/0/members/1/role");
  });
});
