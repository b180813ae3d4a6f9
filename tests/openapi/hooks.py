"""Credentials and ids for the generated requests, so that valid ones get past the first checks."""

import os
import uuid

import requests
import schemathesis
from schemathesis import GenerationMode

API = os.environ["API_URL"]
PASSWORD = os.environ["ADMIN_PASSWORD"]
# Operations that end the caller's session or account, or the organization: each request has a caller of its own.
DESTRUCTIVE = {
    "change_email", "change_password", "deactivate_me", "delete_organization", "end_session",
    "leave_organization", "log_out", "log_out_everywhere", "my_sessions", "transfer_ownership",
}


class Caller:
    """An account with a session and an organization."""

    def __init__(self, email, org=None):
        login = requests.post(f"{API}/auth/login", json={"email": email, "password": PASSWORD}, timeout=30)
        self.token = login.json()["access_token"]
        self.id = self.send("get", "/auth/me")["id"]
        self.org = org or self.send("post", "/organizations", name="Tested", slug=None)["id"]

    def send(self, method, path, **body):
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = requests.request(method, API + path, headers=headers, json=body or None, timeout=30)
        return answer.json() if answer.content else {}


def newcomer():
    email = f"{uuid.uuid4().hex}@example.com"
    body = {"email": email, "password": PASSWORD, "first_name": "Ada", "last_name": "Lovelace"}
    created = requests.post(f"{API}/auth/signup", json=body, timeout=30).json()
    return Caller(email, created["organization"]["id"])


ROOT = Caller(os.environ["ADMIN_EMAIL"])
LEVELS = iter(range(1, 100))


def new_role():
    body = {"name": uuid.uuid4().hex, "hierarchy_level": next(LEVELS, 1), "permissions": ["kb:read"]}
    return ROOT.send("post", f"/roles?org_id={ROOT.org}", **body).get("id")


def system_role(name):
    roles = ROOT.send("get", f"/roles/list_roles?org_id={ROOT.org}")
    return next(role["id"] for role in roles if role["name"] == name)


def new_invitation():
    body = {"email": f"{uuid.uuid4().hex}@example.com", "role_id": MEMBER}
    return ROOT.send("post", f"/auth/invite?org_id={ROOT.org}", **body).get("id")


MEMBER = system_role("member")
# What a parameter of this name may be, where the request is meant to be valid.
IDS = {
    "user_id": lambda caller: newcomer().id,
    "role_id": lambda caller: new_role(),
    "invitation_id": lambda caller: new_invitation(),
    "session_id": lambda caller: caller.send("get", "/auth/sessions")["items"][0]["id"],
    "org_id": lambda caller: caller.org,
}
callers = {}


def caller_of(case):
    name = case.operation.definition.raw["operationId"]
    if name not in DESTRUCTIVE:
        return ROOT
    if case.id not in callers:
        callers[case.id] = newcomer()
    return callers[case.id]


@schemathesis.auth(refresh_interval=None)
class Login:
    """The access token of the caller."""

    def get(self, case, context):
        return caller_of(case).token

    def set(self, case, token, context):
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {token}"}


@schemathesis.hook
def before_call(context, case, kwargs):
    """Replaces ids that nothing has by ids that exist."""
    if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE:
        return
    for values in (case.path_parameters, case.query):
        for name in IDS.keys() & set(values or ()):
            if isinstance(values[name], str):
                values[name] = IDS[name](caller_of(case)) or values[name]
    if isinstance(case.body, dict):
        if "role_id" in case.body:
            case.body["role_id"] = MEMBER
        if case.body.get("org_id"):
            case.body["org_id"] = caller_of(case).org
