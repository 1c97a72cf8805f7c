// The changes of the past, and who was on call at some moment of it.

import * as address from "./address.js";
import * as api from "./api.js";
import { el, inside, name, replace } from "./dom.js";
import { notice, unreadable } from "./notices.js";
import { runAddress } from "./now.js";
import { ZONE, at, count, full, ms } from "./words.js";

const DAY = 86_400_000;
const PATIENCE = 120_000; // for a day to be read
const DONE = { create: "group created", disable: "group disabled", enable: "group enabled" };

const handles = el("datalist", { id: "handles" });
const group = el("input", { id: "group", list: "handles", placeholder: "all groups", autocomplete: "off", onchange: choose });
const moment = el("input", { id: "moment", type: "datetime-local" });
const answer = el("div", { id: "answer", "aria-live": "polite" });
const list = el("div", { id: "changes" });
const form = el(
  "form.tools",
  { onsubmit },
  el("label", { for: "group" }, "Group", group),
  handles,
  el("label", { for: "moment" }, `Who was on call at (${ZONE})`, moment),
  el("button.main", {}, "Look up"),
);
let number = 0; // of the newest question; answers to older ones come too late

export function show(place, known) {
  replace(handles, known.map((each) => el("option", { value: each })));
  if (place.contains(form)) return;
  group.value = address.get("group");
  moment.value = address.get("at");
  replace(place, form, answer, el("h2", {}, "Changes"), list);
  changes();
  if (moment.value) lookUp();
}

const chosen = () => group.value.trim().replace(/^@/, "").toLowerCase();

/** For another view: this group, from the start. */
export function of(handle) {
  group.value = handle;
  address.set("group", handle);
}

function choose() {
  address.set("group", chosen());
  changes();
}

function onsubmit(event) {
  event.preventDefault();
  address.set("at", moment.value);
  choose();
  lookUp();
}

async function changes() {
  const mine = ++number;
  const handle = chosen();
  const rows = el("tbody", { role: "rowgroup" });
  const heads = ["When", "Group", "Joined", "Left", "Run"].map((title) => el("th", { scope: "col", role: "columnheader" }, title));
  const table = el("table.changes", { role: "table", "aria-label": "Changes" }, el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, heads)), rows);
  const older = el("button.main", { onclick: more }, "Show older");
  const total = el("p.quiet", { role: "status" }, "Reading …");
  replace(list, total);
  await more();

  async function more() {
    older.disabled = true;
    try {
      const { asset_events: events, total_entries: all } = await api.changes(handle, rows.childElementCount);
      if (mine !== number) return;
      rows.append(...events.map(change));
      const shown = rows.childElementCount;
      total.textContent = all ? `${shown.toLocaleString()} of ${count(all, "change")}, newest first` : `No change${handle ? ` of @${handle}` : ""} yet.`;
      replace(list, total, shown > 0 && table, shown < all && events.length > 0 && older);
    } catch (error) {
      if (mine === number) replace(list, unreadable(error));
    }
    older.disabled = false;
  }
}

function change({ timestamp, extra, source_run_id: run }) {
  const cell = (title, ...inner) => el("td", { role: "cell", "data-title": title }, ...inner);
  const named = (ids) => (ids ?? []).map((id) => el("span.who", {}, name(extra.names?.[id] ?? id)));
  const when = ms(timestamp);
  return el(
    "tr",
    { role: "row" },
    cell("When", el("time", { datetime: timestamp, title: full(when) }, at(when, Date.now()))),
    cell("Group", name(`@${extra.handle}`), DONE[extra.action] && el("span.quiet", {}, ` ${DONE[extra.action]}`)),
    cell("Joined", named(extra.added)),
    cell("Left", named(extra.removed)),
    cell("Run", run && inside(runAddress(run), "Run")),
  );
}

async function lookUp() {
  const handle = chosen();
  const wanted = Date.parse(moment.value);
  if (!handle || Number.isNaN(wanted)) return replace(answer, notice("warn", "Choose a group and a time."));
  if (wanted > Date.now()) return replace(answer, notice("", "That is still to come.", el("p", {}, "Trigger ", el("code", {}, api.SYNC), " with ", el("code", {}, "as_of"), " to ask who would be on call then.")));
  replace(answer, notice("soon", "Reading …"));
  try {
    const [start, end] = dayOf(wanted);
    const found = await api.shiftsOf(start, end);
    replace(answer, found ? onCallAt(found, handle, wanted) : await missing(handle, wanted));
  } catch (error) {
    replace(answer, unreadable(error));
  }
}

/** The UTC day of a moment, as oncall_history reads them. */
function dayOf(wanted) {
  const start = Math.floor(wanted / DAY) * DAY;
  return [start, start + DAY].map((each) => new Date(each).toISOString());
}

function onCallAt(found, handle, wanted) {
  const shifts = found.groups[handle];
  if (!shifts) return notice("warn", `The history of that day does not know @${handle}.`, el("p", {}, "It has the groups that were in the config when the day was read."));
  const there = shifts.filter((each) => (ms(each.start) ?? -Infinity) <= wanted && wanted < (ms(each.end) ?? Infinity));
  const bound = (text, otherwise) => (text ? full(ms(text)) : otherwise);
  const lines = there.map((each) => el("li", {}, name(found.names[each.person] ?? each.person), el("span.quiet", {}, ` from ${bound(each.start, "always")} to ${bound(each.end, "no end known")}, ${each.via}`)));
  const title = `@${handle} on ${full(wanted)}`;
  return notice("", title, lines.length ? el("ul", {}, lines) : el("p", {}, "Nobody was on call."));
}

async function missing(handle, wanted) {
  const [start] = dayOf(wanted);
  const day = start.slice(0, 10);
  const title = `The day ${day} (UTC) has not been read yet.`;
  if (!(await api.mayTrigger(api.HISTORY))) {
    return notice("warn", title, el("p", {}, "Somebody who may trigger Dags can fill it: a backfill of ", el("code", {}, api.HISTORY), ` with both dates ${day}.`));
  }
  const fill = el("button.main", { onclick: () => read(start, wanted) }, `Backfill ${day}`);
  return notice("warn", title, el("p", {}, "One short run reads it from PagerDuty, and changes nothing."), fill);
}

async function read(start, wanted) {
  replace(answer, notice("soon", `Reading ${start.slice(0, 10)} from PagerDuty …`));
  try {
    // Airflow backfills only days that have ended; a run by hand reads its whole day too.
    if (Date.parse(start) + DAY > Date.now()) await api.trigger({}, api.HISTORY, new Date(wanted).toISOString());
    else await api.backfill(start, start);
    const paused = (await api.dag(api.HISTORY))?.is_paused;
    if (paused) return replace(answer, notice("warn", "It waits: the Dag oncall_history is paused.", el("p", {}, inside(new URL(`dags/${api.HISTORY}`, api.ROOT).href, "Unpause it"), ", and look up again.")));
    const deadline = Date.now() + PATIENCE;
    while (Date.now() < deadline) {
      await new Promise((done) => setTimeout(done, 1500));
      if (await api.shiftsOf(...dayOf(wanted))) return lookUp();
    }
    replace(answer, notice("warn", "It is not there yet.", el("p", {}, "See ", inside(new URL(`dags/${api.HISTORY}`, api.ROOT).href, "its runs"), ", and look up again.")));
  } catch (error) {
    replace(answer, unreadable(error));
  }
}
