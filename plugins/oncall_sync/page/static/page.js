// The page: reads, shows, and reads again when a run has begun or ended.

import * as address from "./address.js";
import * as api from "./api.js";
import { el, replace } from "./dom.js";
import * as history from "./history.js";
import { notice, nothingYet, result, unreadable, warnings } from "./notices.js";
import * as table from "./now.js";
import { rowsOf } from "./rows.js";
import { ZONE, at, count, ms } from "./words.js";

const IDLE = 15_000;
const BUSY = 2_000;
const MOST_LATER = 5; // reports of runs since the last full one
const place = Object.fromEntries(["summary", "views", "acts", "notices", "result", "main"].map((id) => [id, document.getElementById(id)]));

const known = { now: null, runs: [], later: [], dag: null, checked: null, may: false, error: null };
const reports = new Map(); // run ID and its end → report
let seen = null;
let waiting = null;

const finished = (run) => run.state === "success" || run.state === "failed";
const active = () => known.runs.filter((run) => !finished(run));
const signature = (runs) => JSON.stringify(runs.map((run) => [run.dag_run_id, run.state, run.end_date]));

/** Three requests for the table; what may come a moment later follows. */
async function load() {
  [known.now, known.runs] = await Promise.all([api.now(), api.runs()]);
  seen = signature(known.runs);
  known.later = known.later.filter(({ run }) => known.now && since().some((each) => each.dag_run_id === run));
  known.error = null;
  show();
  [known.dag, known.checked, known.may, known.later] = await Promise.all([api.dag(), api.checked(), api.mayTrigger(), later()]);
  show();
}

/** The runs that ended after the one that is shown, oldest first. */
function since() {
  const place = known.runs.findIndex((run) => run.dag_run_id === known.now.run);
  return known.runs.slice(0, place < 0 ? undefined : place).filter(finished).slice(0, MOST_LATER).reverse();
}

async function later() {
  if (!known.now) return [];
  const found = await Promise.all(
    since().map(async (run) => {
      const key = `${run.dag_run_id} ${run.end_date}`;
      if (!reports.has(key)) reports.set(key, await api.report(run.dag_run_id));
      return { run: run.dag_run_id, report: reports.get(key) };
    }),
  );
  return found.filter(({ report }) => report);
}

function show() {
  const { now, later, dag, may, error } = known;
  showViews();
  const present = Date.now();
  const ready = Boolean(now);
  const rows = ready ? rowsOf(now, later, present) : [];
  const busy = active().length > 0 ? " A run is under way." : "";
  place.summary.textContent = ready ? `${count(rows.length, "group")} at ${at(ms(now.report.as_of) ?? present, present)}. Times in ${ZONE}.${busy}` : "";
  replace(place.acts, may && acts());
  if (address.get("view") === "history") {
    replace(place.notices, error && unreadable(error));
    if (!error) history.show(place.main, rows.map((row) => row.handle).sort());
    return;
  }
  if (error) replace(place.notices, unreadable(error));
  else replace(place.notices, ready ? warnings({ now, newest: later.at(-1), dag, at: present }) : nothingYet(known.runs, may));
  if (!ready) return replace(place.main);
  table.show(place.main, rows, { at: present, may, team: now.report.team, checked: known.checked, act, history: toHistory });
  if (!performance.getEntriesByName("table").length) performance.mark("table"); // how soon it was there
}

function acts() {
  if (place.acts.childElementCount) return [...place.acts.children];
  return [
    el("button.main", { onclick: () => act(null, true) }, "Preview all"),
    el("button.main.first", { onclick: () => act(null, false) }, "Sync all now"),
  ];
}

function showViews() {
  const view = address.get("view");
  const link = (key, text) =>
    el("a", { href: key ? `?view=${key}` : "?", "aria-current": view === key ? "page" : null, onclick: (event) => go(event, key) }, text);
  if (!place.views.childElementCount || place.views.dataset.view !== view) {
    place.views.dataset.view = view;
    replace(place.views, link("", "Now"), link("history", "History"));
  }
}

function go(event, view) {
  event.preventDefault();
  address.set("view", view);
  replace(place.main);
  show();
  place.views.querySelector("[aria-current]").focus();
}

function toHistory(handle) {
  history.of(handle);
  address.set("view", "history");
  replace(place.main);
  show();
  document.getElementById("group").focus();
}

/** handle: null for all. Shows what became of the run when it has ended, without a reload. */
async function act(handle, dry) {
  const what = `${dry ? "Preview" : "Sync"} of ${handle ? `@${handle}` : "all groups"}`;
  replace(place.result, notice("soon", `${what} is under way …`));
  try {
    let run = await api.trigger({ dry_run: dry, groups: handle ? [handle] : [] });
    hurry();
    while (!finished(run)) {
      await new Promise((done) => setTimeout(done, 1000));
      run = await api.run(run.dag_run_id);
    }
    const report = await api.report(run.dag_run_id);
    replace(place.result, result(run, report, () => replace(place.result)));
    await load();
  } catch (error) {
    replace(place.result, error.status === 403 ? notice("warn", `${what}: you may not trigger the Dag.`) : unreadable(error));
  }
}

async function look() {
  clearTimeout(waiting);
  if (!document.hidden) {
    try {
      const runs = seen === null || known.error ? null : await api.runs();
      if (runs === null || signature(runs) !== seen) await load();
      else show();
    } catch (error) {
      known.error = error;
      if ([401, 403].includes(error.status)) Object.assign(known, { now: null, later: [], may: false });
      show();
    }
  }
  waiting = setTimeout(look, active().length ? BUSY : IDLE);
}

function hurry() {
  clearTimeout(waiting);
  waiting = setTimeout(look, BUSY);
}

document.addEventListener("visibilitychange", () => document.hidden || look());
showViews();
look();
