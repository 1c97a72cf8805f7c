// The notices above the table, or in its place, for every state of the sync.

import { ROOT, SYNC } from "./api.js";
import { el, inside, name } from "./dom.js";
import { problem, runAddress } from "./now.js";
import { changesOf } from "./rows.js";
import { at, count, ms, span } from "./words.js";

const dagAddress = (id = SYNC) => new URL(`dags/${id}`, ROOT).href;

/** tone: bad, warn, soon, or none. */
export const notice = (tone, title, ...inner) =>
  el("div.notice", { "data-tone": tone, role: tone === "bad" ? "alert" : "status" }, el("strong", {}, title), inner);

const text = (...inner) => el("p", {}, ...inner);
const problems = (list) => list.length > 0 && el("ul", {}, list.slice(0, 20).map((each) => problem(each)), list.length > 20 && el("li", {}, `and ${list.length - 20} more`));

/** In place of everything: nothing could be read. */
export function unreadable(error) {
  if (error.status === 401) {
    const back = encodeURIComponent((parent === window ? window : parent).location.href);
    return notice("", "You are not signed in.", text(inside(new URL(`api/v2/auth/login?next=${back}`, ROOT).href, "Sign in to Airflow")));
  }
  if (error.status === 403) {
    return notice("warn", "You may not see this.", text("Your Airflow account may not read the runs and XComs of the Dag ", el("code", {}, SYNC), ". Ask whoever manages Airflow for it."));
  }
  if (error.status === 404) {
    return notice("bad", "Airflow does not have the Dag oncall_sync.", text("Has it been deployed, and can it be loaded? ", inside(ROOT.href, "Airflow's start page"), " lists import errors."));
  }
  return notice("bad", error.message, text(error.status ? `Airflow answered with status ${error.status}.` : "This page keeps trying."));
}

/** In place of the table: there has been no full run with writes. */
export function nothingYet(runs, may) {
  const how = may ? "“Sync now” starts one." : "It comes with the next heartbeat, once the Dag is unpaused.";
  if (runs.some((each) => each.state === "running" || each.state === "queued")) return notice("soon", "The first run is on its way.", text("The table appears when it has ended."));
  if (!runs.length) return notice("", "The sync has never run.", text("Who is on call shows here after its first full run. ", how));
  return notice("", "No full run has written yet.", text("So far there were only previews, runs of some groups, or runs that failed. Who is on call shows here after the first full run that writes. ", how), text(inside(runAddress(runs[0].dag_run_id), "The newest run")));
}

/** Above the table. now: {run, report}; newest: {run, report} of the newest finished run after it, or null. */
export function warnings({ now, newest, dag, at: present }) {
  const shown = [];
  const { report } = now;
  const since = ms(report.as_of);
  const patience = 3 * 1000 * (report.heartbeat ?? 900);
  if (dag?.is_paused) shown.push(notice("warn", "The Dag is paused.", text("Nothing is synced until it is unpaused: ", inside(dagAddress(), SYNC), ".")));
  if (since !== null && present - since > patience) {
    shown.push(notice("bad", `Nothing has been verified for ${span(present - since)}.`, text(`Shown is who was on call at ${at(since, present)}. Do Airflow's scheduler and its workers run, and what do the newest runs of `, inside(dagAddress(), SYNC), " say?")));
  }
  const latest = newest?.report.writes ? newest.report : report;
  const run = latest === report ? now.run : newest.run;
  const list = latest.problems ?? [];
  if (list.length) {
    const worst = list.some((each) => each.level === "error");
    shown.push(notice(worst ? "bad" : "warn", worst ? "The newest run failed." : "The newest run has warnings.", problems(list), text(inside(runAddress(run), "The run"))));
  }
  return shown;
}

/** What became of a run that the viewer started. */
export function result(run, report, close) {
  const dry = Boolean(run.conf?.dry_run);
  const title = dry ? "Preview" : "Sync";
  const link = inside(runAddress(run.dag_run_id), "The run");
  const end = el("button.act", { onclick: close }, "Close");
  if (!report) return notice("bad", `${title} ended without a report.`, text("The log of the run's tasks says why. ", link), end);
  const changes = changesOf(report);
  const failed = Object.values(report.groups ?? {}).filter((group) => group.status === "failed").length;
  const wrong = [...(report.problems ?? []), ...Object.values(report.groups ?? {}).flatMap((group) => group.problems ?? [])];
  const verb = dry ? "would change" : "changed";
  const what = changes.length ? `${count(changes.length, "group")} ${verb}` : dry ? "nothing would change" : "nothing had to change";
  const lines = changes.slice(0, 50).map(({ handle, added, removed }) => el("li", {}, name(`@${handle}`), " ", who("+", added), who("−", removed)));
  const more = changes.length > 50 && el("li", {}, `and ${changes.length - 50} more`);
  return notice(failed || run.state === "failed" ? "bad" : "good", `${title}: ${what}${failed ? `, ${failed} failed` : ""}.`, lines.length > 0 && el("ul.changes", {}, lines, more), problems(wrong.filter((each) => each.level !== "info")), text(link), end);
}

const who = (sign, names) => names.map((each) => el("span.who", { "data-sign": sign }, `${sign} `, name(each)));
