"""How a program in Python tests what it does with bailiwick: each test has a service of its own."""

import json
import os
import urllib.error
import urllib.request
import uuid

import pytest

ACME = {
    "name": "acme",
    "members": [{"name": "ada", "role": "owner"}, {"name": "bob", "role": "member"}],
}


class Service:
    """A throw-away service of `bailiwick serve --testing`."""

    def __init__(self, organizations):
        self.base = f"{os.environ['BAILIWICK_TESTING_URL']}/{uuid.uuid4()}"
        status, seeded = self.send("POST", "/_test/seed", {"organizations": organizations})
        assert status == 201, seeded
        self.people, self.organizations = seeded["people"], seeded["organizations"]

    def send(self, method, path, body=None, who=None):
        """Returns status and JSON body of the answer."""
        headers = {"Content-Type": "application/json"}
        if who:
            headers["Authorization"] = f"Bearer {self.people[who]['access_token']}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.base}{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")


@pytest.fixture
def service():
    service = Service([ACME])
    yield service
    service.send("DELETE", "")


@pytest.mark.parametrize("who, status", [("ada", 200), ("bob", 403)])
def test_only_the_owner_renames(service, who, status):
    path = f"/organizations/{service.organizations['acme']['id']}"
    assert service.send("PATCH", path, {"name": "Acme Corporation"}, who)[0] == status


def test_an_invitation_expires(service):
    org = service.organizations["acme"]
    invitation = {"org_id": org["id"], "email": "eve@example.com", "role_id": org["roles"]["guest"]}
    status, sent = service.send("POST", "/auth/invite", invitation, "ada")
    assert status == 200, sent
    mail = service.send("GET", "/_test/mail?to=eve@example.com&wait_seconds=20")[1]["items"][0]
    assert mail["kind"] == "invitation"
    preview = f"/auth/signup-invite?token={mail['token']}"
    assert service.send("GET", preview)[0] == 200
    service.send("POST", "/_test/clock", {"advance_seconds": 30 * 24 * 3600})
    status, problem = service.send("GET", preview)
    assert (status, problem["code"]) == (410, "invitation_expired")


def test_a_suspended_member_is_refused_at_once(service):
    org = service.organizations["acme"]["id"]
    assert service.send("GET", f"/organizations/{org}/users", who="bob")[0] == 200
    path = f"/organizations/{org}/users/{service.people['bob']['id']}"
    assert service.send("PATCH", path, {"status": "suspended"}, "ada")[0] == 200
    status, problem = service.send("GET", f"/organizations/{org}/users", who="bob")
    assert (status, problem["code"]) == (403, "membership_suspended")
