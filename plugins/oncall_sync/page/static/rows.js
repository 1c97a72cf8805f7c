// The rows of the table, out of reports. Pure. A report of another version may lack any key: each has a default here.

import { KINDS, kindOf, ms } from "./words.js";

const QUARTER = 15 * 60; // seconds; the heartbeat where a report does not tell it
const ORDER = Object.keys(KINDS);

/**
 * now: {run, report} of the newest full run with writes. later: the same of finished runs since, oldest first.
 * A later run of a few groups knows these better; one that failed knows what went wrong, but not who is on call.
 */
export function rowsOf(now, later, at) {
  const patience = 3 * 1000 * (now.report.heartbeat ?? QUARTER);
  const groups = { ...now.report.groups };
  const runs = {};
  for (const { run, report } of later) {
    if (!report.writes || report.plan_only) continue;
    for (const [handle, group] of Object.entries(report.groups ?? {})) {
      const known = groups[handle];
      groups[handle] = group.members?.length || !known ? group : { ...group, id: group.id ?? known.id, members: known.members };
      runs[handle] = run;
    }
  }
  return Object.entries(groups).map(([handle, group]) => row(handle, group, runs[handle] ?? now.run, patience, at));
}

function row(handle, group, run, patience, at) {
  const verified = ms(group.verified_at);
  const problems = group.problems ?? [];
  const members = (group.members ?? []).map((each) => ({
    name: each.name ?? each.slack_id ?? "?",
    until: ms(each.until),
    via: each.via ?? [],
  }));
  const first = verified === null && ["deferred", "superseded"].includes(group.status); // its first run left it to the next
  const kind = kindOf(group.status, problems, verified === null ? !first : at - verified > patience);
  const ends = members.map((each) => each.until).filter((end) => end !== null);
  return {
    handle,
    run,
    kind,
    verified,
    members,
    problems,
    id: group.id ?? null,
    status: group.status ?? "unknown",
    failing: ms(group.failing_since),
    until: ends.length ? Math.min(...ends) : null,
    text: [handle, ...members.map((each) => each.name)].join("\n").toLocaleLowerCase(),
  };
}

const BY = {
  group: (a, b) => a.handle.localeCompare(b.handle),
  until: (a, b) => (a.until ?? Infinity) - (b.until ?? Infinity),
  status: (a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind),
  verified: (a, b) => (a.verified ?? 0) - (b.verified ?? 0),
};

/** by: a key of BY, with a minus for the other way round. */
export function sorted(rows, by) {
  const compare = BY[by.replace("-", "")] ?? BY.status;
  const way = by.startsWith("-") ? -1 : 1;
  return [...rows].sort((a, b) => way * (compare(a, b) || 0) || BY.group(a, b));
}

export const matches = (row, search, kind) =>
  (!kind || row.kind === kind) && row.text.includes(search.trim().replace(/^@/, "").toLocaleLowerCase());

export function counts(rows) {
  const found = Object.fromEntries(ORDER.map((kind) => [kind, 0]));
  for (const each of rows) found[each.kind] += 1;
  return found;
}

/** Of a report: [{handle, added: [names], removed: [names]}], the groups that it changes or would change. */
export function changesOf(report) {
  return Object.entries(report.groups ?? {})
    .filter(([, group]) => group.added?.length || group.removed?.length)
    .map(([handle, group]) => {
      const names = Object.fromEntries((group.members ?? []).map((each) => [each.slack_id, each.name]));
      const named = (ids) => (ids ?? []).map((id) => names[id] ?? report.names?.[id] ?? id);
      return { handle, added: named(group.added), removed: named(group.removed) };
    });
}
