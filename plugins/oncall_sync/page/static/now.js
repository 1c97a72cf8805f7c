// The table: a row per group, with what is wrong and what to do below it.

import * as address from "./address.js";
import { ROOT, SYNC } from "./api.js";
import { el, inside, name, outside, replace } from "./dom.js";
import { counts, matches, sorted } from "./rows.js";
import { KINDS, ago, at, count, full, ms, until } from "./words.js";

const COLUMNS = { group: "Group", until: "On call", status: "Status", verified: "Last verified" };
const drawn = new Map(); // handle → {body, signature}
const AT_ONCE = 60; // rows; the others follow when these are on the screen
let latest = { rows: [], context: {} };
let most = AT_ONCE;

const search = el("input", { type: "search", id: "search", placeholder: "Group or person", autocomplete: "off", oninput });
const kinds = el("div.kinds", { role: "group", "aria-label": "Only groups that are" });
const found = el("p.quiet", { role: "status" });
const heads = Object.entries(COLUMNS).map(([key, title]) =>
  el("th", { scope: "col", role: "columnheader" }, el("button", { "data-sort": key, onclick: () => sortBy(key) }, title, el("span.way", { "aria-hidden": "true" }))),
);
const table = el(
  "table.groups",
  { role: "table", "aria-label": "Groups" },
  el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, ...heads, el("th", { scope: "col", role: "columnheader" }, el("span.unseen", {}, "Actions")))),
);
const tools = el("div.tools", {}, el("label.unseen", { for: "search" }, "Search groups and people"), search, kinds);

/** context: {at, may, team, checked, act(handle, dry), history(handle)} */
export function show(place, rows, context) {
  latest = { rows, context };
  if (!place.contains(table)) {
    search.value = address.get("q");
    replace(place, tools, found, table);
  }
  draw();
}

function oninput() {
  address.set("q", search.value);
  draw();
}

function sortBy(key) {
  address.set("sort", address.get("sort") === key ? `-${key}` : key);
  draw();
}

function draw() {
  const { rows, context } = latest;
  const kind = address.get("status");
  const by = address.get("sort") || "status";
  const shown = sorted(rows, by).filter((row) => matches(row, search.value, kind));
  const focused = document.activeElement?.dataset.key;
  const bodies = shown.slice(0, most).map((row) => body(row, context));
  if (bodies.length < shown.length) setTimeout(drawAll);
  const before = [...table.tBodies];
  if (bodies.length !== before.length || bodies.some((each, place) => each !== before[place])) {
    for (const each of before) each.remove();
    table.append(...bodies);
  }
  if (focused && document.activeElement?.dataset.key !== focused) {
    table.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  }
  drawKinds(rows, kind);
  drawHeads(by);
  found.textContent =
    shown.length === rows.length ? "" : shown.length ? `${shown.length} of ${count(rows.length, "group")}` : "No group is like that.";
}

function drawAll() {
  most = Infinity;
  draw();
}

function drawKinds(rows, chosen) {
  const number = counts(rows);
  const button = (key, word, total, tone) =>
    el(
      "button.kind",
      { "aria-pressed": String(chosen === key), "data-tone": tone, "data-kind": key || "all", title: KINDS[key]?.means, onclick: () => choose(key) },
      `${word} `,
      el("b", {}, total.toLocaleString()),
    );
  const there = Object.entries(KINDS).filter(([key]) => number[key] || key === chosen);
  const focused = kinds.contains(document.activeElement) ? document.activeElement.dataset.kind : null;
  replace(kinds, button("", "All", rows.length, ""), there.map(([key, { word, tone }]) => button(key, word, number[key], tone)));
  if (focused) kinds.querySelector(`[data-kind="${focused}"]`)?.focus();
}

function choose(kind) {
  address.set("status", kind);
  draw();
}

function drawHeads(by) {
  for (const head of heads) {
    const key = head.firstChild.dataset.sort;
    const way = key !== by.replace("-", "") ? null : by.startsWith("-") ? "descending" : "ascending";
    if (way) head.setAttribute("aria-sort", way);
    else head.removeAttribute("aria-sort");
  }
}

/** Drawn again only if a text in it changes. */
function body(row, context) {
  const texts = [row.members.map((each) => until(each.until, context.at).text), row.verified && ago(row.verified, context.at)];
  const around = [context.may, context.team, next(row, context), row.members.map((each) => rotations(each, context))];
  const signature = JSON.stringify([row, texts, around]);
  const known = drawn.get(row.handle);
  if (known?.signature === signature) return known.body;
  const made = el("tbody", { role: "rowgroup", "data-handle": row.handle, "data-tone": KINDS[row.kind].tone }, cells(row, context), wrong(row));
  drawn.set(row.handle, { body: made, signature });
  return made;
}

function cells(row, context) {
  const { word, tone, means } = KINDS[row.kind];
  const cell = (title, ...inner) => el("td", { role: "cell", "data-title": title }, ...inner);
  return el(
    "tr",
    { role: "row" },
    el("th", { scope: "row", role: "rowheader" }, handle(row, context.team)),
    cell(COLUMNS.until, people(row, context)),
    cell(
      COLUMNS.status,
      el("span.chip", { "data-tone": tone, title: means }, row.kind === "other" ? row.status : word),
      row.failing !== null && el("div.quiet", { title: full(row.failing) }, `since ${at(row.failing, context.at)}`),
    ),
    cell(
      COLUMNS.verified,
      row.verified === null ? el("span", {}, "never") : el("time", { datetime: new Date(row.verified).toISOString(), title: full(row.verified) }, ago(row.verified, context.at)),
      el("div.quiet", {}, inside(runAddress(row.run), "Run")),
    ),
    cell("Actions", acts(row, context)),
  );
}

function handle(row, team) {
  const text = name(`@${row.handle}`);
  const known = team && row.id;
  return known ? outside(`https://app.slack.com/client/${encodeURIComponent(team)}/browse-user-groups/user_groups/${encodeURIComponent(row.id)}`, text) : text;
}

function people(row, context) {
  const one = (member) => {
    const kept = !member.via.length && member.until === null; // nothing says why, or until when
    const stays = row.kind === "nobody" || row.kind === "failed" ? "still in the group" : "";
    const { text, tone } = kept ? { text: stays, tone: "" } : until(member.until, context.at);
    return el(
      "li",
      {},
      el("span", {}, name(member.name)),
      el("span.until", { "data-tone": tone, title: member.until && full(member.until) }, text),
      member.via.length > 0 && el("span.via", {}, rotations(member, context)),
    );
  };
  const coming = next(row, context);
  return [
    row.members.length ? el("ul.people", {}, row.members.map(one)) : el("span.quiet", {}, "nobody known"),
    coming && el("div.quiet", {}, "next: ", name(coming)),
  ];
}

/** By the names that oncall_check found: "Platform primary", "Payments level 1", "team Security". */
function rotations(member, { checked }) {
  return member.via.map((source) => source.split(" ").map((word) => checked?.names?.[word] ?? word).join(" ")).join(", ");
}

/** "Bo Lindqvist, 17:00", if oncall_check found it this morning. */
function next(row, { checked, at: present }) {
  const coming = checked?.next?.[row.handle]?.find((each) => ms(each.start) > present);
  return coming ? `${coming.name}, ${at(ms(coming.start), present)}` : null;
}

function acts(row, { may, act, history }) {
  const button = (key, text, onclick) =>
    el("button.act", { "data-key": `${key} ${row.handle}`, "aria-label": `${text} @${row.handle}`, onclick }, text);
  return [
    may && button("sync", "Sync now", () => act(row.handle, false)),
    may && button("preview", "Preview", () => act(row.handle, true)),
    button("history", "History", () => history(row.handle)),
  ];
}

function wrong(row) {
  const shown = row.problems.map((each) => problem(each, `@${row.handle}: `));
  if (row.kind === "stale") shown.unshift(problem({ level: "error", message: `${row.verified === null ? "Never verified" : "Not verified any more"}: who is on call may have changed. The newest runs say why.` }));
  if (!shown.length) return null;
  return el("tr.problems", { role: "row" }, el("td", { role: "cell", colspan: 5 }, el("ul", {}, shown)));
}

/** prefix: the beginning of the message that its place shows already. */
export const problem = ({ level = "error", message = "" }, prefix = "") =>
  el("li", { "data-level": level, dir: "auto" }, el("b", {}, `${level}: `), message.startsWith(prefix) ? message.slice(prefix.length) : message);

export const runAddress = (run, dag = SYNC) => new URL(`dags/${dag}/runs/${encodeURIComponent(run)}`, ROOT).href;
