// A throw-away service for one test, by `bailiwick serve --testing`.

import { randomUUID } from "node:crypto";

/** Creates a service with these organizations; `ask` sends a request as one of the people. */
export async function service(organizations = []) {
  const base = `${process.env.BAILIWICK_TESTING_URL}/${randomUUID()}`;
  const { people = {}, organizations: created = {} } =
    await json(await send(base, "POST", "/_test/seed", { organizations }), 201);
  return {
    base,
    people,
    organizations: created,
    ask: (who, method, path, body) => send(base, method, path, body, people[who]?.access_token),
    advance: (seconds) => send(base, "POST", "/_test/clock", { advance_seconds: seconds }),
    /** Waits for mail to an address. */
    mail: async (to) =>
      (await json(await send(base, "GET", `/_test/mail?to=${encodeURIComponent(to)}&wait_seconds=20`), 200)).items,
    end: () => send(base, "DELETE", ""),
  };
}

/** Sends a request with a JSON body. */
export async function send(base, method, path, body, token) {
  const headers = { "content-type": "application/json" };
  if (token) headers.authorization = `Bearer ${token}`;
  return fetch(`${base}${path}`, { method, headers, body: body && JSON.stringify(body) });
}

/** Returns the body of a response with this status. */
export async function json(response, status) {
  const text = await response.text();
  if (response.status !== status) throw new Error(`${response.status} ${response.url}: ${text}`);
  return text && JSON.parse(text);
}
