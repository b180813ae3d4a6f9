// Enhances the pages: tokens of mailed links, passwords, times. Everything else works without it.

const SHORTEST = 8;
const LONGEST = 256;

// Mailed links carry their token in the fragment, which browsers do not send.
const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";

function enhanceForms(root) {
  for (const form of root.querySelectorAll("form")) {
    if (token) {
      // The page that answers keeps the link in the address bar.
      const action = new URL(form.action);
      action.hash = location.hash;
      form.action = action.href;
    }
    form.addEventListener("submit", (event) => guardAgainstRepetition(form, event));
  }
  // On the way to signing in or up, and back.
  for (const link of token ? root.querySelectorAll('a[href*="return_to="]') : []) {
    link.hash ||= location.hash;
  }
  for (const form of root.querySelectorAll("form[data-awaits-token]")) {
    const input = form.elements.namedItem("token");
    input.value ||= token;
    form.hidden = !input.value;
    form.querySelector("[autofocus]")?.focus();
    if (!input.value) root.querySelectorAll("[data-without-token]").forEach(show);
  }
}

function guardAgainstRepetition(form, event) {
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "true";
  event.submitter?.setAttribute("aria-busy", "true");
}

function show(element) {
  element.hidden = false;
}

function enhancePasswords(root) {
  for (const button of root.querySelectorAll("button[data-reveals]")) {
    const input = document.getElementById(button.dataset.reveals);
    button.hidden = false;
    button.addEventListener("click", () => {
      const reveals = input.type === "password";
      input.type = reveals ? "text" : "password";
      button.textContent = reveals ? button.dataset.hideText : button.dataset.showText;
      button.setAttribute("aria-label", reveals ? button.dataset.hideLabel : button.dataset.showLabel);
    });
  }
  for (const input of root.querySelectorAll("input[data-new-password]")) {
    const help = document.getElementById(`${input.id}-help`);
    input.addEventListener("input", () => judge(input, help));
  }
}

// Says while typing what the service would say; it has the last word.
function judge(input, help) {
  const length = [...input.value.normalize("NFKC")].length;
  const isGood = length >= SHORTEST && length <= LONGEST;
  const text = length > LONGEST ? help.dataset.long : help.dataset.short.replace("{}", SHORTEST - length);
  help.textContent = length === 0 ? help.dataset.rule : isGood ? help.dataset.good : text;
  help.dataset.state = isGood ? "good" : "";
  if (isGood && input.getAttribute("aria-invalid")) {
    input.removeAttribute("aria-invalid");
    document.getElementById(`${input.id}-error`)?.remove();
  }
}

function localizeTimes(root) {
  const format = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  for (const time of root.querySelectorAll("time[datetime]")) {
    time.title = time.textContent;
    time.textContent = format.format(new Date(time.dateTime));
  }
}

// Links that look like buttons are pressed by the space bar too.
function enhanceButtons(root) {
  for (const link of root.querySelectorAll('a[role="button"]')) {
    link.addEventListener("keydown", (event) => {
      if (event.key !== " ") return;
      event.preventDefault();
      link.click();
    });
  }
}

// Shows the page of a link whose content depends on its token.
async function open(main) {
  if (!token) {
    main.querySelectorAll("[data-opening]").forEach((element) => element.remove());
    main.querySelectorAll("[data-without-token]").forEach(show);
    return;
  }
  main.querySelectorAll("[data-opening]").forEach(show);
  try {
    const body = new URLSearchParams({ token });
    const answer = await fetch(main.dataset.opens, { method: "POST", body, headers: { accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const shown = page.querySelector("main");
    main.replaceWith(shown);
    document.title = page.title;
    enhance(shown);
    (shown.querySelector("[autofocus]") ?? shown.querySelector("h1")).focus();
  } catch {
    main.querySelectorAll("[data-opening]").forEach((element) => element.remove());
    main.querySelectorAll("[data-failed]").forEach(show);
  }
}

function enhance(root) {
  enhanceForms(root);
  enhancePasswords(root);
  localizeTimes(root);
  enhanceButtons(root);
}

// A page that is shown again, by "back", can be sent again.
addEventListener("pageshow", () => {
  for (const form of document.forms) {
    delete form.dataset.sent;
    form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
  }
});

enhance(document);
const main = document.querySelector("main[data-opens]");
if (main) open(main);
